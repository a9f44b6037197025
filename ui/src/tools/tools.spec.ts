import { flushPromises, mount, type VueWrapper } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { facts, listed, preset, schema, tools } from './samples'
import ToolsView from './ToolsView.vue'
import ToolTrial from './ToolTrial.vue'
import { PAUSE } from './useTools'
import { useConversations } from '@/stores/conversations'
import type { ToolSchema } from '@/wire'
import { conversation } from '../../tests/samples'

let answers: Record<string, (url: URL, body: unknown) => unknown>
let sent: unknown[]
let view: VueWrapper | null = null

beforeEach(() => {
  setActivePinia(createPinia())
  vi.useFakeTimers()
  sent = []
  const presets = [preset('minimal', { title: 'Minimal' }), preset('standard', { title: 'Standard' })]
  answers = {
    '/tools': () => tools(listed('calculator'), listed('clock')),
    '/tools/runs': () => ({ runs: [], next_cursor: null }),
    '/mcp/servers': () => ({ servers: [] }),
    '/tools/presets': () => ({ default: 'standard', presets }),
    '/tools/calculator/schema': () => schema({ expression: { type: 'string' } }, { name: 'calculator' }),
  }
  vi.stubGlobal('fetch', (path: string, init: RequestInit) => {
    const url = new URL(path, 'http://here')
    const body: unknown = init.body ? JSON.parse(String(init.body)) : null
    if (body) sent.push(body)
    const answer = answers[url.pathname.replace('/api/v1', '')]?.(url, body)
    return Promise.resolve(answer instanceof Response ? answer : Response.json(answer ?? {}))
  })
})

afterEach(() => {
  view?.unmount()
  view = null
  vi.useRealTimers()
})

async function look(): Promise<VueWrapper> {
  view = mount(ToolsView, { attachTo: document.body, global: { stubs: { RouterLink: true } } })
  await flushPromises()
  return view
}

async function attempt(tool: ToolSchema): Promise<VueWrapper> {
  view = mount(ToolTrial, { props: { tool }, attachTo: document.body })
  await flushPromises()
  return view
}

it('lists tools by family, and says how many there are', async () => {
  const shown = await look()

  expect(shown.get('section[aria-labelledby=family-utility]').findAll('button').map((each) => each.find('span span').text())).toEqual([
    'calculator', 'clock',
  ])
  expect(shown.get('[role=status]').text()).toBe('2 tools')
})

it('searches once one stops writing, in the order of the server', async () => {
  const shown = await look()
  const asked: (string | null)[] = []
  answers['/tools'] = (url) => {
    asked.push(url.searchParams.get('q'))
    return tools(listed('clock'), listed('calculator'))
  }
  const field = shown.get('input[type=search]')
  await field.setValue('ti')
  await field.setValue('time')
  await vi.advanceTimersByTimeAsync(PAUSE)

  expect(asked).toEqual(['time'])
  expect(shown.get('section[aria-labelledby=family-found]').text()).toMatch(/clock.*calculator/)
  answers['/tools'] = () => tools()
  await field.setValue('xyzzy')
  await vi.advanceTimersByTimeAsync(PAUSE)
  expect(shown.get('[role=status]').text()).toBe('No tool has these words.')
})

it('goes through all pages', async () => {
  answers['/tools'] = (url) =>
    url.searchParams.get('cursor') ? tools(listed('last')) : { ...tools(listed('first')), next_cursor: 'more' }
  expect((await look()).get('[role=status]').text()).toBe('2 tools')
})

it('a preset is kept when it is chosen', async () => {
  const shown = await look()
  expect(shown.get<HTMLInputElement>('input[value=standard]').element.checked).toBe(true)

  await shown.get('input[value=minimal]').setValue()
  await flushPromises()

  expect(sent).toEqual([{ tool_preset: 'minimal' }])
})

it('says when the list cannot be had, and asks again', async () => {
  answers['/tools'] = () => Response.json({ title: 'The database does not answer.' }, { status: 503 })
  const shown = await look()
  expect(shown.get('[role=alert]').text()).toContain('The database does not answer.')

  answers['/tools'] = () => tools(listed('clock'))
  await shown.get('[role=alert] button').trigger('click')
  await flushPromises()
  expect(shown.find('[role=alert]').exists()).toBe(false)
})

const run = (part: object) => ({
  id: 'r', tool: 'clock', arguments: { zone: 'UTC' }, outcome: 'succeeded', seconds: 1.4, content: '{"time":"noon"}', by: 'agent',
  limits: {}, arguments_sha256: '', ended_at: '2026-11-23T09:00:00Z', conversation_id: null, ...part,
})

it('lists what ran: who, when, how it ended; and shows each when it is unfolded', async () => {
  const pages = [{ runs: [run({}), run({ id: 's', outcome: 'refused', by: 'person', content: 'no', seconds: null })], next_cursor: 'more' }]
  answers['/tools/runs'] = (url) => (url.searchParams.get('cursor') ? { runs: [run({ id: 't' })], next_cursor: null } : pages[0])
  const shown = await look()
  const list = shown.get('section[aria-labelledby=tool-runs]')
  expect(list.findAll('li').map((item) => item.text())).toEqual([
    expect.stringContaining('done, by an agent, 1 s'), expect.stringContaining('refused, by you'),
  ])

  await list.get('li button').trigger('click')
  expect(list.get('li').text()).toMatch(/Zone.*UTC.*Time.*noon/)
  await list.findAll('button').at(-1)?.trigger('click')
  await flushPromises()
  expect(list.findAll('li')).toHaveLength(3)
})

it('a server that keeps no list of runs has none to show', async () => {
  answers['/tools/runs'] = () => Response.json({ title: 'Not found' }, { status: 404 })
  expect((await look()).find('section[aria-labelledby=tool-runs]').exists()).toBe(false)
})

it('a tool opens with a form, and its answer is shown', async () => {
  const shown = await look()
  await shown.get('section[aria-labelledby=family-utility] button').trigger('click')
  await flushPromises()
  const dialog = document.querySelector('[role=dialog]')
  expect(dialog?.textContent).toContain('Only answers')
  expect(dialog?.querySelector('form')?.getAttribute('aria-label')).toBe('Try calculator')
})

it('a tool that lacks something says what, and cannot be tried', async () => {
  const missing = 'The operator has to set APEX_KEY.'
  answers['/tools'] = () => tools(listed('calculator', { missing }))
  answers['/tools/calculator/schema'] = () => schema({}, { name: 'calculator', missing })
  const shown = await look()
  expect(shown.get('section[aria-labelledby=family-utility] button').text()).toContain(missing)

  await shown.get('section[aria-labelledby=family-utility] button').trigger('click')
  await flushPromises()
  const dialog = document.querySelector('[role=dialog]')
  expect(dialog?.querySelector('[role=note]')?.textContent).toContain(missing)
  expect(dialog?.querySelector('form')).toBeNull()
})

it('runs with what was written, and shows what came of it', async () => {
  answers['/tools/execute'] = () => ({ name: 'greet', content: '{"said":"Hi"}', is_error: false, seconds: 0.1 })
  const shown = await attempt(schema({ name: { type: 'string' }, times: { type: 'integer' } }, { example: { arguments: { times: 2 }, result: 1, varies: false } }))
  await shown.findAll('button')[1]?.trigger('click')
  await shown.get('textarea').setValue('Mia')
  await shown.get('form').trigger('submit')
  await flushPromises()

  expect(sent).toEqual([{ name: 'greet', arguments: { name: 'Mia', times: 2 }, conversation_id: null }])
  expect(shown.get('section[aria-label=Result]').text()).toMatch(/Said.*Hi/)
})

it('does not run what is not filled in, and shows what the server refuses', async () => {
  const tool = schema({ name: { type: 'string', minLength: 1 } })
  const shown = await attempt({ ...tool, parameters: { ...tool.parameters, required: ['name'] } })
  await shown.get('form').trigger('submit')
  expect(shown.get('textarea').attributes('aria-invalid')).toBe('true')
  expect(sent).toEqual([])

  answers['/tools/execute'] = () => Response.json({ title: 'Wrong arguments.', detail: 'name: too short' }, { status: 422 })
  await shown.get('textarea').setValue('M')
  await shown.get('form').trigger('submit')
  await flushPromises()
  expect(shown.get('[role=alert]').text()).toContain('name: too short')
})

it('asks which conversation a tool is to work on', async () => {
  ;[conversation('one'), conversation('two')].forEach(useConversations().upsert)
  answers['/tools/execute'] = () => ({ name: 'greet', content: 'no', is_error: true, seconds: 0.1 })
  const shown = await attempt(schema({}, { facts: facts({ in_conversation: true }) }))
  await shown.get('select').setValue('two')
  await shown.get('form').trigger('submit')
  await flushPromises()

  expect(sent).toEqual([{ name: 'greet', arguments: {}, conversation_id: 'two' }])
  expect(shown.text()).toContain('It failed')
})
