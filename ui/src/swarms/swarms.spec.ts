import { flushPromises, type VueWrapper } from '@vue/test-utils'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { watch } from 'vue'

import { FakeServer, ME } from '@/agents/fakes'
import { budget } from '@/agents/samples'
import { dialog, fill, press, send, show } from '@/agents/stage'
import { QUIET } from '@/agents/useNews'
import { announcement } from '@/announce'

import NewSwarmView from './NewSwarmView.vue'
import { item, swarm, told, TROUBLE } from './samples'
import SwarmPage from './SwarmPage.vue'
import SwarmsView from './SwarmsView.vue'
import { PERIOD } from './useSwarm'

let server: FakeServer
let view: VueWrapper | null = null
let painted = 0

beforeEach(() => {
  vi.useFakeTimers()
  server = new FakeServer()
  painted = 0
  vi.stubGlobal('ResizeObserver', class {
    constructor(private readonly run: (entries: unknown[]) => void) {}
    observe = () => this.run([{ contentRect: { width: 400 } }])
    unobserve = () => undefined
    disconnect = () => undefined
  })
  const brush = new Proxy({}, { get: (_, name) => () => void (name === 'clearRect' && (painted += 1)), set: () => true })
  vi.spyOn(HTMLCanvasElement.prototype, 'getContext').mockReturnValue(brush as unknown as null)
})
afterEach(() => {
  view?.unmount()
  view = null
  document.body.innerHTML = ''
  vi.restoreAllMocks()
  vi.useRealTimers()
})

async function look(component: Parameters<typeof show>[0], props: Record<string, unknown> = {}) {
  const shown = await show(component, props)
  view = shown.view
  await settle()
  return shown
}

/** A frame, and what follows from it. */
async function settle(): Promise<void> {
  await vi.advanceTimersByTimeAsync(20)
  await flushPromises()
}

const ITEMS = () => [
  item(1, { status: 'completed', result: '**One**', attempts: 1, cost_usd: 0.01, agent_id: 'a1' }),
  item(2, { status: 'failed', error: TROUBLE, attempts: 2 }),
  item(3, { status: 'running' }),
  item(4),
]

function serve(part: Parameters<typeof swarm>[1] = {}, items = ITEMS()): void {
  server.answers['GET /swarms/s'] = () => swarm('s', { completed: 1, failed: 1, ...part })
  server.answers['GET /swarms/s/items'] = (_, query) => {
    const after = Number(query.get('after'))
    const rest = items.filter(({ n }) => n >= after)
    return { items: rest.slice(0, 2), next_after: rest[2]?.n ?? null }
  }
}

const counts = () => [...document.querySelectorAll('[data-count]')].map((one) => one.textContent?.trim().replace(/\s+/g, ' '))
const grid = () => document.querySelector<HTMLElement>('[data-grid]') ?? expect.fail('no grid')
const spoken = () => grid().querySelector('[role=option]')?.textContent
async function key(name: string): Promise<void> {
  grid().dispatchEvent(new KeyboardEvent('keydown', { key: name, bubbles: true }))
  await settle()
}

it('lists swarms and how far they are, live', async () => {
  server.answers['GET /swarms'] = () => ({ swarms: [swarm('s', { completed: 1 })], next_cursor: null })
  await look(SwarmsView)
  server.tell(`user:${ME}`, told(swarm('s', { completed: 3, failed: 1, status: 'completed' })))
  await flushPromises()

  expect(document.querySelector('[data-swarm=s]')?.getAttribute('aria-label')).toBe('Swarm s: Done, 3 of 4 done, 1 failed')
  expect(document.querySelector('[role=progressbar]')?.getAttribute('aria-valuenow')).toBe('4')
})

it('makes a swarm of what was pasted', async () => {
  server.answers['POST /swarms'] = () => swarm('made')
  const { router } = await look(NewSwarmView)
  expect(document.querySelector('[data-sum]')?.textContent).toBe('It needs a task.')
  await fill('Task', 'Sort {input}')
  await fill('Inputs', 'apples\npears\n')
  expect(document.querySelector('[data-example]')?.textContent).toBe('Sort apples')
  expect(document.querySelector('[data-sum]')?.textContent).toBe('2 agents, 2 at a time.')
  await fill('What to make of them', 'Count')
  await send()

  const sent = server.asked.find((one) => one.startsWith('POST /swarms')) ?? ''
  expect(JSON.parse(sent.slice(sent.indexOf('{')))).toEqual({
    ...{ name: null, task: 'Sort {input}', reduce: 'Count', inputs: ['apples', 'pears'], agent_type: 'general', model: null, tools: null },
    ...{ parallelism: 20, retries: 1, budget: {}, each: {} },
  })
  expect(router.currentRoute.value.path).toBe('/swarms/made')
})

it('reads a table that is dropped', async () => {
  await look(NewSwarmView)
  await fill('Task', 'Greet')
  const drop = new Event('drop') as DragEvent
  const file = { name: 'people.csv', size: 24, text: () => Promise.resolve('name,age\nAda,36\nBo,41\n') }
  Object.assign(drop, { dataTransfer: { types: ['Files'], files: [file] } })
  dispatchEvent(drop)
  await settle()

  expect(document.querySelector('[data-example]')?.textContent).toContain('"name": "Ada"')
  await fill('What of a row', 'name')
  expect(document.querySelector('[data-example]')?.textContent).toBe('Greet\n\nAda')
})

it('does not send what cannot be read', async () => {
  await look(NewSwarmView)
  await fill('Task', 'Sort')
  await press('JSON lines')
  await fill('Inputs', '{"a": 1}\nnonsense')
  await send()

  expect(document.body.textContent).toContain('Line 2 is not JSON')
  expect(server.times('POST /swarms')).toBe(0)
})

it('reads all pages of items, counts and paints them', async () => {
  serve()
  await look(SwarmPage, { id: 's' })

  expect(server.times('GET /swarms/s/items')).toBe(2)
  expect(counts()).toEqual(['1 done', '1 at work', '1 failed', '1 waiting'])
  expect(painted).toBeGreaterThanOrEqual(4)
})

it('fills up live, painting what changed, and asks for the budget now and then', async () => {
  serve()
  await look(SwarmPage, { id: 's' })
  painted = 0
  serve({ completed: 2, cost_usd: 0.5 })
  server.tell('swarm:s', told(swarm('s', { completed: 2, failed: 1, cost_usd: 0.5 }), item(3, { status: 'completed', result: 'Three' })))
  await settle()
  expect(painted).toBe(1)
  expect(counts()).toEqual(['2 done', '1 failed', '1 waiting'])
  expect(document.body.textContent).toContain('2 of 4 done, 1 failed')

  serve({ completed: 2, budget: budget({ usd_spent: 0.9 }) })
  server.tell('swarm:s', told(swarm('s', { completed: 2, failed: 1 }), null, '6-0'))
  await vi.advanceTimersByTimeAsync(PERIOD)
  await flushPromises()
  expect(document.querySelector('[role=meter]')?.getAttribute('aria-valuetext')).toContain('$0.90 spent')
})

it('speaks now and then of the progress, and at once of the end', async () => {
  serve({ total: 100 })
  await look(SwarmPage, { id: 's' })
  await vi.advanceTimersByTimeAsync(QUIET)
  serve({ total: 100, completed: 59, failed: 0 })
  const heard: string[] = []
  watch(announcement, (text) => heard.push(text), { flush: 'sync' })
  for (let completed = 2; completed < 60; completed += 1) {
    server.tell('swarm:s', told(swarm('s', { total: 100, completed }), null, `${completed}-0`))
    await vi.advanceTimersByTimeAsync(200)
  }
  await vi.advanceTimersByTimeAsync(QUIET)
  expect(heard.length).toBeLessThanOrEqual(3)
  expect(heard.at(-1)).toBe('59 of 100 done')

  serve({ total: 100, completed: 100, failed: 0, status: 'completed' })
  server.tell('swarm:s', told(swarm('s', { total: 100, completed: 100, status: 'completed' }), null, '999-0'))
  await flushPromises()
  expect(announcement.value).toBe('Done: 100 of 100 done')
})

it('is walked by keys, speaks of each item, and opens one', async () => {
  serve()
  await look(SwarmPage, { id: 's' })
  expect(spoken()).toBe('Item 1, done. input 1')
  await key('ArrowRight')
  expect(spoken()).toBe('Item 2, failed: The provider is busy. input 2')
  await key('End')
  await key('f')
  expect(grid().querySelector('[role=option]')?.getAttribute('aria-posinset')).toBe('2')
  await key('Home')
  await key('Enter')

  expect(dialog()?.querySelector('strong')?.textContent).toBe('One')
  expect(dialog()?.querySelector('a')?.getAttribute('href')).toBe('/agents/a1')
})

it('fetches what an event left out when the item is opened', async () => {
  serve()
  await look(SwarmPage, { id: 's' })
  server.tell('swarm:s', told(swarm('s'), item(3, { status: 'completed', result: null })))
  await settle()
  serve({}, [item(3, { status: 'completed', result: 'A very long one' })])
  await key('ArrowRight')
  await key('ArrowRight')
  await key('Enter')

  expect(server.asked).toContain('GET /swarms/s/items ?after=3&limit=1')
  expect(dialog()?.textContent).toContain('A very long one')
})

it('says why items failed and tries all or one again', async () => {
  serve({ status: 'completed' }, [item(1, { status: 'failed', error: TROUBLE }), item(2, { status: 'failed', error: { ...TROUBLE, title: 'Refused.' } })])
  server.answers['POST /swarms/s/retry'] = () => swarm('s')
  await look(SwarmPage, { id: 's' })
  expect(document.querySelector('[aria-labelledby=failed-items]')?.textContent).toContain('Refused.')
  await press('Try all again')
  await press('Try again: Refused.')
  expect(server.times('GET /swarms/s/items')).toBe(3)
  await key('Enter')
  await press('Try again')

  expect(server.asked.filter((one) => one.startsWith('POST /swarms/s/retry'))).toEqual([
    'POST /swarms/s/retry {"items":null}', 'POST /swarms/s/retry {"items":[2]}', 'POST /swarms/s/retry {"items":[2]}',
  ].with(2, 'POST /swarms/s/retry {"items":[1]}'))
})

it('offers no other try in a swarm that was cancelled', async () => {
  serve({ status: 'cancelled' }, [item(1, { status: 'failed', error: TROUBLE }), item(2, { status: 'cancelled' })])
  await look(SwarmPage, { id: 's' })
  await key('Enter')

  expect([...document.querySelectorAll('button')].filter((one) => one.textContent?.includes('again'))).toEqual([])
})

it('shows the items as a table too, narrowed to a status', async () => {
  serve()
  await look(SwarmPage, { id: 's' })
  await press('Table')
  expect(document.querySelectorAll('[data-item]')).toHaveLength(4)
  await fill('Which items', 'failed')

  expect([...document.querySelectorAll('[data-item]')].map((row) => row.textContent)).toEqual([expect.stringContaining('The provider is busy.')])
})

it('pauses, and shows the one answer when it is made', async () => {
  serve({ reduce: 'Count' })
  server.answers['POST /swarms/s/pause'] = () => swarm('s', { paused: true })
  await look(SwarmPage, { id: 's' })
  expect(document.body.textContent).toContain('It is made when all results are there.')
  serve({ reduce: 'Count', status: 'paused', paused: true })
  await press('Pause')
  await vi.advanceTimersByTimeAsync(PERIOD)
  await flushPromises()
  expect([...document.querySelectorAll('button')].some((one) => one.textContent?.trim() === 'Go on')).toBe(true)

  serve({ reduce: 'Count', status: 'completed', result: '*Four* in all' })
  server.tell('swarm:s', told(swarm('s', { status: 'completed', completed: 3, failed: 1 }), null, '9-0'))
  await settle()
  expect(document.querySelector('[data-result] em')?.textContent).toBe('Four')
})

it('reads everything anew after a gap', async () => {
  serve()
  await look(SwarmPage, { id: 's' })
  serve({ completed: 4, failed: 0 }, [1, 2, 3, 4].map((n) => item(n, { status: 'completed' })))
  server.tell('swarm:s', { type: 'reload', channel: 'swarm:s', seq: '' })
  await settle()

  expect(counts()).toEqual(['4 done'])
})

it('says so when the swarm is not there', async () => {
  await look(SwarmPage, { id: 'gone' })
  expect(document.body.textContent).toContain('This swarm is not here')
})
