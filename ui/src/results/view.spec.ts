import { flushPromises, mount } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, expect, it, vi } from 'vitest'
import { answerParts, type Part } from './parts'
import PartView from './PartView.vue'

beforeEach(() => setActivePinia(createPinia()))

const show = (part: Part | undefined) => {
  if (!part) throw new Error('there is no such part')
  return mount(PartView, { props: { part, stamp: 'call' }, attachTo: document.body })
}
const answered = (value: unknown, at = 0) => show(answerParts(JSON.stringify(value))[at])

it('long output is folded until it is asked for, and is never markup', async () => {
  const shown = answered({ stdout: `<b>x</b>\n${'line\n'.repeat(40)}` })
  const button = shown.get('button')

  expect(shown.get('pre').text()).toContain('<b>x</b>')
  expect(shown.find('pre b').exists()).toBe(false)
  expect([button.text(), button.attributes('aria-expanded')]).toEqual(['Show all 41 lines', 'false'])
  await button.trigger('click')
  expect([button.text(), button.attributes('aria-expanded')]).toEqual(['Show less', 'true'])
})

it('a table has headings, says how large it is, and shows many rows only when asked', async () => {
  const shown = answered({ columns: ['n'], rows: Array.from({ length: 30 }, (_, n) => [n]) })

  expect(shown.findAll('th[scope=col]').map((cell) => cell.text())).toEqual(['n'])
  expect(shown.get('[role=group]').attributes('aria-label')).toBe('Table, 30 rows, 1 column')
  expect(shown.findAll('tbody tr')).toHaveLength(20)
  await shown.get('button').trigger('click')
  expect(shown.findAll('tbody tr')).toHaveLength(30)
})

it('a tree draws what is unfolded, step by step', async () => {
  const shown = answered({ deep: { list: Array.from({ length: 60 }, (_, n) => ({ n: [n] })) } })
  expect(shown.findAll('summary').map((summary) => summary.text())).toEqual(['{1}', 'list:[60]'])

  const list = shown.findAll('details')[1]
  ;(list?.element as HTMLDetailsElement).open = true
  await list?.trigger('toggle')
  expect(list?.findAll('summary')).toHaveLength(51)
  await list?.get('button').trigger('click')
  expect(list?.findAll('summary')).toHaveLength(61)
})

it('pictures are fetched with the token and shown, other files are named', async () => {
  const asked: string[] = []
  vi.stubGlobal('fetch', (path: string) => {
    asked.push(path)
    return Promise.resolve(path.includes('/at?') ? Response.json({ id: '7' }) : new Response('bytes'))
  })
  URL.createObjectURL = (blob) => `blob:${(blob as Blob).type}`
  const shown = answered({ files: [{ path: 'out/plot.svg', size: 2048 }, { path: 'data.bin', size: 3 }] })
  await flushPromises()

  expect(asked).toEqual(['/api/v1/files/at?path=out%2Fplot.svg', '/api/v1/files/7/content'])
  expect(shown.get('img').attributes()).toMatchObject({ src: 'blob:image/svg+xml', alt: 'plot.svg' })
  expect(shown.findAll('li').map((item) => item.text())).toEqual(['Open plot.svg2 KB', 'Open data.bin3 B'])
})

it('a picture that is gone is said to be', async () => {
  vi.stubGlobal('fetch', () => Promise.resolve(Response.json({ title: 'Not found' }, { status: 404 })))
  const shown = answered({ files: [{ path: 'gone.png', size: 2048 }] })
  await flushPromises()

  expect(shown.text()).toContain('gone.png cannot be shown')
})
