import { flushPromises, type VueWrapper } from '@vue/test-utils'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'

import { useToasts } from '@/stores/toasts'
import type { KnowledgeHit } from '@/wire'

import { FakeVillage } from '../fakes'
import { happened, hit, knowledge, listed } from '../samples'
import { dialog, press, send, show } from '../stage'
import MemoryTab from './MemoryTab.vue'
import { PAUSE } from './useMemories'

let server: FakeVillage
let there: KnowledgeHit[]
let view: VueWrapper | null = null

beforeEach(() => {
  server = new FakeVillage()
  there = [hit('a'), hit('b', { agent: null })]
  server.answers['GET /knowledge'] = () => ({ hits: there, next_cursor: null })
  server.answers['GET /knowledge/a'] = () => ({ knowledge: listed('a', { responding_to: ['q'] }), versions: [], vectors: [], replies: [knowledge('r')] })
  server.answers['GET /knowledge/q'] = () => ({ knowledge: listed('q'), versions: [], vectors: [], replies: [] })
  // jsdom lays nothing out: the list's window is as high as we say.
  vi.spyOn(Element.prototype, 'clientHeight', 'get').mockReturnValue(800)
  vi.spyOn(Element.prototype, 'clientWidth', 'get').mockReturnValue(800)
  vi.stubGlobal('ResizeObserver', class { observe() { /* nothing grows */ } unobserve() { /* nor shrinks */ } disconnect() { /* ever */ } })
})

afterEach(() => {
  view?.unmount()
  view = null
  vi.useRealTimers()
  vi.restoreAllMocks()
})

async function look(): Promise<VueWrapper> {
  ;({ view } = await show(MemoryTab))
  return view
}

const rows = (shown: VueWrapper) => shown.findAll('[data-memory]').map((row) => row.attributes('data-memory'))

async function wait(milliseconds: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(milliseconds)
  await flushPromises()
}

it('shows what is known in the realm, with one tab stop', async () => {
  const shown = await look()
  expect(server.asked).toContain('GET /knowledge ?realm_id=home&limit=100')
  expect(rows(shown)).toEqual(['a', 'b'])
  expect(shown.findAll('[data-memory]').map((row) => row.attributes('tabindex'))).toEqual(['0', '-1'])
  expect(shown.text()).toContain('You')
})

it('draws only what is seen of ten thousand', async () => {
  there = Array.from({ length: 10_000 }, (_, index) => hit(`n${index}`))
  const shown = await look()
  expect(rows(shown).length).toBeGreaterThan(5)
  expect(rows(shown).length).toBeLessThan(40)
  expect(shown.get('li').attributes('aria-setsize')).toBe('10000')
}, 20_000)

it('searches once the person stops writing, and says why something was found', async () => {
  const shown = await look()
  vi.useFakeTimers()
  const why = { vector_rank: 1, vector_score: 0.91, text_rank: null, text_score: null, decay: 0.8 }
  there = [hit('a', {}, { score: 0.5, why })]
  await shown.get('input[type=search]').setValue('go')
  await shown.get('input[type=search]').setValue('gold')
  await wait(PAUSE)
  expect(server.asked.filter((one) => one.includes('q='))).toEqual(['GET /knowledge ?q=gold&realm_id=home&decay=true&limit=100'])
  expect(shown.get('[data-memory=a]').text()).toContain('1st by meaning, with a similarity of 0.91.')
})

it('begins at the top again when another thing is asked', async () => {
  there = Array.from({ length: 100 }, (_, index) => hit(`n${index}`))
  const shown = await look()
  vi.useFakeTimers()
  const before = shown.get('[data-memories]').element
  before.scrollTop = 5000
  await shown.get('input[type=search]').setValue('gold')
  await wait(PAUSE)
  expect(shown.get('[data-memories]').element.scrollTop).toBe(0)
})

it('looks into all realms, and narrows by what is filled in', async () => {
  const shown = await look()
  await press('Filters')
  vi.useFakeTimers()
  await press('All')
  const agent = shown.findAll('input').find((input) => input.attributes('list'))
  await agent?.setValue('KETHER')
  await wait(PAUSE)
  expect(server.asked.at(-1)).toBe('GET /knowledge ?agent=KETHER&limit=100')
  expect(shown.text()).toContain('Filters (1)')
})

it('a memory says where it comes from and what it responds to', async () => {
  const shown = await look()
  await shown.get('[data-memory=a]').trigger('click')
  await flushPromises()
  expect(dialog()?.textContent).toMatch(/Said byAZOTH.*CameKept by a tool.*Waits for its vector.*Responds toAZOTH: says q.*responds to itAZOTH: says r/)
})

it('an edit is the next version, and a refused one keeps what was written', async () => {
  let refuse = true
  server.answers['PATCH /knowledge/a'] = () =>
    refuse ? Response.json({ title: 'It has a later version.' }, { status: 409 }) : knowledge('a2', { version: 2, root_id: 'a' })
  const shown = await look()
  await shown.get('[data-memory=a]').trigger('click')
  await flushPromises()
  await press('Edit')
  const field = dialog()?.querySelector('textarea')
  if (field) field.value = 'Gold is Au'
  field?.dispatchEvent(new Event('input'))
  await send()
  expect(dialog()?.querySelector('[role=alert]')?.textContent).toBe('It has a later version.')
  expect(field?.value).toBe('Gold is Au')

  refuse = false
  await send()
  expect(server.asked).toContain('PATCH /knowledge/a {"content":"Gold is Au","category":"general","tags":[],"confidence":1}')
  expect(server.asked).toContain('GET /knowledge/a2')
})

it('removes with a key, and the way back is offered', async () => {
  server.answers['POST /knowledge/a/restore'] = () => knowledge('a')
  const shown = await look()
  await shown.get('[data-memory=a]').trigger('keydown', { key: 'Delete' })
  await flushPromises()
  const [toast] = useToasts().toasts
  expect([toast?.text, toast?.action?.label]).toEqual(['Removed: says a', 'Undo'])
  await toast?.action?.run()
  expect(server.asked.filter((one) => one.startsWith('DELETE') || one.startsWith('POST'))).toEqual(['DELETE /knowledge/a', 'POST /knowledge/a/restore'])
})

it('what a reader may not change is not offered', async () => {
  server.realms = server.realms.map((one) => ({ ...one, role: 'reader' }))
  const shown = await look()
  await shown.get('[data-memory=a]').trigger('click')
  await flushPromises()
  expect(dialog()?.textContent).not.toMatch(/Edit|Remove/)
})

it('counts what comes in while one reads, and shows it when asked to', async () => {
  const shown = await look()
  server.tell('realm:home', happened('knowledge_added', { knowledge: knowledge('c') }))
  server.tell('realm:elsewhere', happened('knowledge_added', { knowledge: knowledge('d') }, 'elsewhere'))
  await flushPromises()
  expect([rows(shown), shown.get('[role=status]').text()]).toEqual([['a', 'b'], '1 new memory: show'])

  there = [hit('c'), ...there]
  await press('1 new memory: show')
  expect(rows(shown)).toEqual(['c', 'a', 'b'])
})

it('a removal by another goes from the list at once', async () => {
  const shown = await look()
  server.tell('realm:home', happened('knowledge_removed', { knowledge: knowledge('a') }))
  await flushPromises()
  expect(rows(shown)).toEqual(['b'])
})

it('a person adds a memory in their own name', async () => {
  server.answers['POST /knowledge'] = () => knowledge('new')
  await look()
  await press('Add')
  const field = dialog()?.querySelector('textarea')
  if (field) field.value = ' Gold is Au '
  field?.dispatchEvent(new Event('input'))
  await send()
  const sent = '{"realm_id":"home","content":"Gold is Au","category":"general","tags":[],"thread":null,"responding_to":[]}'
  expect(server.asked).toContain(`POST /knowledge ${sent}`)
})

it('is told what is wrong, and asks again', async () => {
  server.answers['GET /knowledge'] = () => Response.json({ title: 'The database does not answer.' }, { status: 503 })
  const shown = await look()
  expect(shown.get('[role=alert]').text()).toContain('The database does not answer.')
  server.answers['GET /knowledge'] = () => ({ hits: there, next_cursor: null })
  await press('Try again')
  expect(rows(shown)).toEqual(['a', 'b'])
})
