import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import type { ChannelEvent } from '@/channels'

import { detail, FakeServer, message } from './fakes'
import { Thread } from './thread'

const seqs = (() => {
  let count = 0
  return () => `${String(1000 + (count += 1))}-0`
})()
type Wish<T> = T extends ChannelEvent ? Omit<T, 'seq' | 'conversation_id' | 'turn_id'> : never
const event = (wish: Wish<ChannelEvent>) => ({ seq: seqs(), conversation_id: 'c', turn_id: 't', ...wish }) as ChannelEvent
const started = () => event({ type: 'turn_started', user_message_id: 'u' })
const step = () => event({ type: 'step_started', message_id: 'a', parent_id: 'u', step: 0, model: 'm' })
const token = (content: string) => event({ type: 'token', message_id: 'a', content })
const finished = (length: number) =>
  event({ type: 'step_finished', message_id: 'a', length, stop_reason: 'end_turn', status: 'complete', tokens_used: 1, cost_usd: 0 })
const ended = () => event({ type: 'turn_ended', status: 'completed', error: null, leaf_id: 'a', tokens_used: 1, cost_usd: 0 })

const settled = () => vi.advanceTimersByTimeAsync(300)
const contents = (thread: Thread) => thread.state.value.messages.map(({ content }) => content)

let server: FakeServer
let thread: Thread

beforeEach(() => {
  vi.useFakeTimers()
  server = new FakeServer()
  thread = new Thread(server)
})
afterEach(() => {
  thread.leave()
  vi.useRealTimers()
})

async function opened(...ids: string[]): Promise<void> {
  server.snapshot = detail(ids.map((id) => message(id)), { seq: '5-0' })
  await thread.open('c')
}

describe('opening', () => {
  it('shows the snapshot and follows after its number', async () => {
    await opened('u')
    expect([contents(thread), thread.phase.value]).toEqual([['says u'], 'open'])
    expect(server.follows).toEqual([{ id: 'c', after: '5-0' }])
  })

  it('drops the answer for a conversation that was left meanwhile', async () => {
    server.snapshot = detail([message('u')])
    const first = thread.open('c')
    await thread.open(null)
    await first
    expect([thread.phase.value, contents(thread)]).toEqual(['blank', []])
  })
})

describe('saying something', () => {
  it('makes a conversation and reads its channel from the beginning', async () => {
    await thread.open(null)
    await thread.send({ message: 'hi', attachments: [] })
    expect([thread.id.value, server.follows]).toEqual(['c', [{ id: 'c', after: '0-0' }]])
    server.emit(event({ type: 'message_added', message: message('u', { content: 'hi' }), command_id: server.commands[0]?.id ?? '' }))
    await settled()
    expect([contents(thread), thread.state.value.pending]).toEqual([['hi'], []])
  })

  it('names the parent only where it branches off', async () => {
    await opened('u')
    await thread.send({ message: 'more', attachments: [] })
    await thread.send({ message: 'other', attachments: [], branch: { parentId: null } })
    expect(server.commands.map((command) => [Reflect.get(command, 'parent_id'), Reflect.get(command, 'root')])).toEqual([
      [undefined, undefined],
      [null, true],
    ])
  })

  it('keeps what was refused, with the reason', async () => {
    server.refusal = 'Too many messages'
    await opened('u')
    expect(await thread.send({ message: 'more', attachments: [] })).toBe(false)
    expect(thread.state.value.pending[0]?.failure).toBe('Too many messages')
    expect(thread.running.value).toBe(false)
  })
})

describe('an answer', () => {
  it('is applied once a frame', async () => {
    await opened('u')
    const states: unknown[] = []
    server.emit(started(), step(), ...Array.from({ length: 500 }, () => token('x')))
    states.push(thread.state.value)
    await settled()
    expect(thread.state.value.turn?.steps[0]?.text.length).toBe(500)
    expect(states).toHaveLength(1)
  })

  it('is fetched where it came short', async () => {
    await opened('u')
    server.snapshot = detail([message('u'), message('a', { role: 'assistant', content: 'whole' })])
    server.emit(started(), step(), token('who'), finished(5), ended())
    await settled()
    expect([contents(thread), thread.state.value.wanted]).toEqual([['says u', 'whole'], []])
  })

  it('is loaded again when events are gone', async () => {
    await opened('u')
    server.snapshot = detail([message('u'), message('a', { role: 'assistant' })], { seq: '9-0' })
    server.emit({ type: 'reload', channel: 'conversation:c', seq: '9-0' })
    await settled()
    expect([contents(thread), server.follows.at(-1)]).toEqual([['says u', 'says a'], { id: 'c', after: '9-0' }])
  })

  it('is asked for again until the server answers', async () => {
    await opened('u')
    let down = 2
    const load = server.load.bind(server)
    server.load = () => (down-- > 0 ? Promise.reject(new Error('away')) : load())
    server.emit({ type: 'reload', channel: 'conversation:c', seq: '9-0' })
    await vi.advanceTimersByTimeAsync(10_000)
    expect([down, thread.state.value.stale]).toEqual([-1, false])
  })
})

describe('stopping', () => {
  it('names the turn', async () => {
    await opened('u')
    server.emit(started())
    await settled()
    thread.stop()
    expect([server.stops, thread.stopping.value]).toEqual([['t'], 't'])
    server.emit(step(), finished(0), ended())
    await settled()
    expect(thread.stopping.value).toBeNull()
  })

  it('waits for the turn to begin', async () => {
    await opened('u')
    void thread.regenerate('u')
    thread.stop()
    expect(server.stops).toEqual([])
    server.emit(started())
    await settled()
    expect(server.stops).toEqual(['t'])
  })
})

describe('branches', () => {
  it('are walked with the pages down to where they part', async () => {
    await opened('u')
    server.snapshot = detail([message('z')], { next_cursor: 'p1' })
    server.pages.set('p1', { messages: [message('y')], next_cursor: 'p2' })
    server.pages.set('p2', { messages: [message('x')], next_cursor: 'p3' })
    await thread.walk('x')
    expect(server.changes).toEqual([{ leaf_id: 'x' }])
    expect(contents(thread)).toEqual(['says x', 'says y', 'says z'])
  })

  it('are not left when an answer is refused anew', async () => {
    await opened('u')
    server.refusal = 'Busy'
    expect(await thread.regenerate('u')).toBe(false)
    expect([thread.state.value.redo, thread.failure.value]).toEqual([null, 'Busy'])
  })
})
