import { flushPromises, mount, type VueWrapper } from '@vue/test-utils'
import { createPinia } from 'pinia'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import RuntimeView from './RuntimeView.vue'
import { host, part, state, timeline, turn } from './samples'
import TimelineDialog from './TimelineDialog.vue'
import { PERIOD } from './useRuntime'
import type { RuntimeState } from '@/wire'

let answer: () => Response
let asked: string[]
let view: VueWrapper | null = null

beforeEach(() => {
  vi.useFakeTimers()
  asked = []
  vi.stubGlobal('fetch', (path: string) => {
    asked.push(path)
    return Promise.resolve(answer())
  })
})

afterEach(() => {
  view?.unmount()
  view = null
  vi.useRealTimers()
})

async function look(at: RuntimeState): Promise<VueWrapper> {
  answer = () => Response.json(at)
  view = mount(RuntimeView, { global: { plugins: [createPinia()] }, attachTo: document.body })
  await flushPromises()
  return view
}

it('shows hosts with their state, and says each bar in words', async () => {
  const shown = await look(state({ hosts: [host(), host({ id: 'g', name: 'host/6f2a9c01d2e3/1', alive: false, lease_seconds: -3 })] }))

  const rows = shown.get('[aria-labelledby=hosts] tbody').findAll('tr')
  expect(rows.map((row) => row.get('th').text())).toEqual(['6f2a9c01/0', '6f2a9c01/1'])
  expect(rows.map((row) => row.findAll('td')[0]?.text())).toEqual(['Serving', 'Gone'])
  expect(rows[1]?.text()).toContain('ran out')
  expect(rows[0]?.get('[role=meter]').attributes()).toMatchObject({ 'aria-label': 'Actors, 6f2a9c01/0', 'aria-valuetext': '40 of 5000' })
})

it('tells a recovered turn from one that was never lost', async () => {
  const shown = await look(state({ turns: [turn(), turn({ id: 'turn-000009', attempts: 2 })], turns_in_flight: 2 }))

  const rows = shown.findAll('tr').filter((row) => row.text().startsWith('…000'))
  expect(rows.map((row) => row.findAll('td')[2]?.text())).toEqual(['–', 'once'])
})

it('asks again while it is looked at, and stops when it is left', async () => {
  const shown = await look(state())
  answer = () => Response.json(state({ kinds: [{ kind: 'session', awake: 41, pending: 0, orphaned: 0 }] }))
  await vi.advanceTimersByTimeAsync(PERIOD)
  expect(shown.text()).toContain('41')

  shown.unmount()
  view = null
  const before = asked.length
  await vi.advanceTimersByTimeAsync(PERIOD * 3)
  expect(asked.length).toBe(before)
})

it('keeps what it knows, says that it is old, and comes back by itself', async () => {
  const shown = await look(state())
  answer = () => Response.json({ title: 'The database does not answer.' }, { status: 503 })
  await vi.advanceTimersByTimeAsync(PERIOD)
  expect(shown.get('[role=alert]').text()).toContain('The database does not answer.')
  expect(shown.get('[role=status]').text()).toBe('Not up to date')
  expect(shown.text()).toContain('6f2a9c01/0')

  answer = () => Response.json(state())
  await vi.advanceTimersByTimeAsync(PERIOD)
  expect(shown.find('[role=alert]').exists()).toBe(false)
  expect(shown.get('[role=status]').text()).toBe('Live')
})

it('a timeline is a list of sentences, with bars beside them', async () => {
  const turnTimes = [part('queue', 0, 0.2), part('model', 0.2, 2, { name: 'm', step: 0, first_token: 0.5 })]
  answer = () => Response.json(timeline(turnTimes, { attempts: 2, whole: false }))
  view = mount(TimelineDialog, { props: { open: true, turnId: 'abc' }, global: { plugins: [createPinia()] }, attachTo: document.body })
  await flushPromises()

  expect(asked).toEqual(['/api/v1/chat/turns/abc/timeline'])
  const items = [...document.querySelectorAll('[role=dialog] ol li .sr-only')].map((item) => item.textContent)
  expect(items).toEqual([
    'Waiting: began after 0 ms, took 200 ms',
    'm, step 1: began after 200 ms, took 1.8 s, first word after 300 ms',
  ])
  const dialog = document.querySelector('[role=dialog]')
  expect(dialog?.textContent).toContain('taken up again once after its host was lost')
  expect(dialog?.textContent).toContain('older than the record')
})
