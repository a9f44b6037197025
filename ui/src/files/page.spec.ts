import { flushPromises, mount, type VueWrapper } from '@vue/test-utils'
import { TooltipProvider } from 'reka-ui'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { h } from 'vue'
import { createMemoryHistory, createRouter, type Router } from 'vue-router'
import FilesView from './FilesView.vue'
import { file, folder } from './samples'
import { layout } from './view'
import { useToasts } from '@/stores/toasts'
import type { FileEntry } from '@/wire'

let there: FileEntry[]
let asked: string[]
let answers: Record<string, () => unknown>
let view: VueWrapper | null = null
let router: Router

beforeEach(() => {
  setActivePinia(createPinia())
  layout.value = 'list'
  there = [folder('reports'), file('notes.txt')]
  asked = []
  answers = {}
  vi.stubGlobal('IntersectionObserver', class { observe() { /* nothing comes into view */ } disconnect() { /* nor leaves it */ } })
  vi.stubGlobal('fetch', (path: string, init: RequestInit) => {
    const url = new URL(path, 'http://here')
    const what = `${init.method ?? 'GET'} ${url.pathname.replace('/api/v1', '')}`
    asked.push([what, url.search, init.body ?? ''].filter(Boolean).join(' '))
    const answer = (answers[what] ?? usual(what, url))()
    return Promise.resolve(answer instanceof Response ? answer : Response.json(answer))
  })
})

afterEach(() => {
  view?.unmount()
  view = null
})

function usual(what: string, url: URL): () => unknown {
  if (what === 'GET /files') return () => ({ folder: url.searchParams.get('folder') ?? '', entries: there, total: there.length, next_cursor: null })
  if (what === 'GET /files/usage') return () => ({ bytes: 500, most_bytes: 1000, kept_bytes: 0 })
  if (what.startsWith('DELETE')) return () => new Response(null, { status: 204 })
  return () => there[1]
}

async function look(path = '/files'): Promise<VueWrapper> {
  router = createRouter({ history: createMemoryHistory(), routes: [{ path: '/files', component: FilesView }] })
  await router.push(path)
  view = mount(() => h(TooltipProvider, null, () => h(FilesView)), { attachTo: document.body, global: { plugins: [router] } })
  await flushPromises()
  return view
}

const entry = (shown: VueWrapper, id: string) => shown.get(`[data-entry="${id}"]`)

it('shows what a folder holds, how much room is taken, and one tab stop', async () => {
  const shown = await look()

  expect(shown.findAll('[data-entry]').map((item) => item.attributes('title'))).toEqual(['reports', 'notes.txt'])
  expect(shown.findAll('[data-entry]').map((item) => item.attributes('tabindex'))).toEqual(['0', '-1'])
  expect(shown.get('[role=meter]').attributes('aria-valuetext')).toBe('500 B of 1000 B')
})

it('a folder opens at an address of its own, and the way up is shown', async () => {
  const shown = await look()
  await entry(shown, 'id-reports').trigger('click')
  await flushPromises()

  expect(router.currentRoute.value.query).toEqual({ in: 'reports' })
  expect(asked).toContain('GET /files ?folder=reports&sort=name&limit=200')
  expect(shown.get('nav[aria-label=Folder]').text()).toContain('reports')
})

it('Delete deletes, and the way back is offered', async () => {
  const shown = await look()
  await entry(shown, 'id-reports').trigger('keydown', { key: 'ArrowDown' })
  expect(document.activeElement?.getAttribute('title')).toBe('notes.txt')
  await entry(shown, 'id-notes.txt').trigger('keydown', { key: 'Delete' })
  await flushPromises()
  expect(asked).toContain('DELETE /files/id-notes.txt ?recursive=false')

  const [toast] = useToasts().toasts
  expect([toast?.text, toast?.action?.label]).toEqual(['notes.txt deleted', 'Undo'])
  await toast?.action?.run()
  expect(asked).toContain('POST /files/trash/id-notes.txt/restore')
})

it('what comes back finds another name where its own is taken', async () => {
  let refused = 0
  answers['POST /files/trash/id-notes.txt/restore'] = () => (refused++ ? there[1] : Response.json({ title: 'Taken' }, { status: 409 }))
  const shown = await look()
  await entry(shown, 'id-notes.txt').trigger('keydown', { key: 'Delete' })
  await flushPromises()
  await useToasts().toasts[0]?.action?.run()

  expect(asked).toContain('POST /files/trash/id-notes.txt/restore {"path":"notes (2).txt"}')
})

it('F2 asks for another name, and refuses one that is taken', async () => {
  const shown = await look()
  await entry(shown, 'id-notes.txt').trigger('keydown', { key: 'F2' })
  await flushPromises()
  const field = document.querySelector<HTMLInputElement>('[role=dialog] input')
  const form = document.querySelector<HTMLFormElement>('[role=dialog] form')
  const write = (text: string) => {
    if (field) field.value = text
    field?.dispatchEvent(new Event('input'))
    form?.dispatchEvent(new Event('submit'))
    return flushPromises()
  }

  await write('reports')
  expect(form?.textContent).toContain('There is something with this name already.')
  await write('diary.txt')
  expect(asked).toContain('PATCH /files/id-notes.txt {"path":"diary.txt"}')
})

it('is told what is wrong, and asks again', async () => {
  answers['GET /files'] = () => Response.json({ title: 'The database does not answer.' }, { status: 503 })
  const shown = await look()
  expect(shown.get('[role=alert]').text()).toContain('The database does not answer.')

  Reflect.deleteProperty(answers, 'GET /files')
  await shown.get('[role=alert] button').trigger('click')
  await flushPromises()
  expect(shown.findAll('[data-entry]')).toHaveLength(2)
})

it('an empty folder says what can be done', async () => {
  there = []
  expect((await look()).text()).toContain('No files yet')
})

it('finds by names and contents, once one stops writing', async () => {
  answers['GET /files/search'] = () => ({ matches: [{ file: file('a/notes.txt'), line: 3, snippet: 'gold here' }], searched: 9, complete: false })
  const shown = await look()
  vi.useFakeTimers()
  await shown.get('input[type=search]').setValue('go')
  await shown.get('input[type=search]').setValue('gold')
  await vi.advanceTimersByTimeAsync(300)
  vi.useRealTimers()
  await flushPromises()

  expect(asked.filter((one) => one.includes('/search'))).toEqual(['GET /files/search ?q=gold&limit=200'])
  expect(shown.get('section[aria-label=Found]').text()).toMatch(/1 found Not all files.*notes\.txt.*gold here/)
})

it('the trash gives back, and asks before it drops for good', async () => {
  const gone = { file: file('old.txt'), bytes: 5, entries: 1, deleted_at: '2026-11-23T09:00:00Z', expires_at: '2026-11-30T09:00:00Z' }
  answers['GET /files/trash'] = () => ({ deletions: [gone], next_cursor: null })
  const shown = await look('/files?trash')
  await shown.get('[aria-label="Restore old.txt"]').trigger('click')
  await flushPromises()
  expect(asked).toContain('POST /files/trash/id-old.txt/restore')

  await shown.get('[aria-label="Delete old.txt for good"]').trigger('click')
  await flushPromises()
  expect(asked.some((one) => one.startsWith('DELETE'))).toBe(false)
  const buttons = [...document.querySelectorAll<HTMLButtonElement>('[role=dialog] button')]
  buttons.find((button) => button.textContent?.includes('for good'))?.click()
  await flushPromises()
  expect(asked).toContain('DELETE /files/trash/id-old.txt')
})
