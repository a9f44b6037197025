import { describe, expect, it } from 'vitest'

import type { ChannelEvent } from '@/channels'
import type { Message } from '@/wire'

import { CONVERSATION, detail, message } from './fakes'
import { accepted, fetched, olderLoaded, redoing, refused, sent, shownMessages } from './local'
import { reduce } from './reduce'
import { textOf } from './rope'
import { BLANK, hydrate, type PendingMessage, type ThreadState } from './state'

let clock = 0
type Wish<T> = T extends ChannelEvent ? Omit<T, 'seq' | 'conversation_id'> & { seq?: string } : never
function event(wish: Wish<ChannelEvent>): ChannelEvent {
  clock += 1
  return { seq: `${String(1000 + clock)}-0`, conversation_id: 'c', ...wish } as ChannelEvent
}

const turn = { turn_id: 't' }
const step = (message_id: string, n = 0, parent_id = 'u') => event({ type: 'step_started', ...turn, message_id, parent_id, step: n, model: 'm' })
const token = (message_id: string, content: string) => event({ type: 'token', ...turn, message_id, content })
const finished = (message_id: string, length: number) =>
  event({ type: 'step_finished', ...turn, message_id, length, stop_reason: 'end_turn', status: 'complete', tokens_used: 5, cost_usd: 0.5 })
const started = (user_message_id = 'u') => event({ type: 'turn_started', ...turn, user_message_id })
const ended = (leaf_id: string | null, status: 'completed' | 'failed' | 'stopped' = 'completed') =>
  event({ type: 'turn_ended', ...turn, status, error: null, leaf_id, tokens_used: 5, cost_usd: 0.5 })
const added = (one: Message, command_id = 'k') => event({ type: 'message_added', ...turn, message: one, command_id })

const run = (state: ThreadState, events: ChannelEvent[]) => events.reduce(reduce, state)
const textsOf = (state: ThreadState) => [
  ...state.messages.map((one) => one.content),
  ...(state.turn?.steps ?? []).map((one) => textOf(one.text)),
]
const pending: PendingMessage = {
  commandId: 'k', content: 'says u', attachments: [], parentId: null, root: false, messageId: null, failure: null,
}

/** A whole turn: a thought, a tool, a second step. */
function wholeTurn(): ChannelEvent[] {
  return [
    added(message('u')),
    started(),
    step('a'),
    event({ type: 'thinking', ...turn, message_id: 'a', content: 'hm' }),
    token('a', 'one '),
    token('a', 'two'),
    event({ type: 'tool_start', ...turn, message_id: 'a', id: 'x', tool: 'calculator', arguments: { expression: '1+1' } }),
    finished('a', 7),
    event({ type: 'tool_complete', ...turn, message_id: 'a', id: 'x', tool: 'calculator', result: { id: 'x', content: '2', is_error: false, seconds: 1 } }),
    step('b', 1, 'a'),
    token('b', 'three'),
    finished('b', 5),
    ended('b'),
  ]
}

describe('a turn', () => {
  it('becomes messages', () => {
    const state = run(BLANK, wholeTurn())
    expect(state.turn).toBeNull()
    expect(state.stale).toBe(false)
    expect(state.messages.map(({ id, content, status }) => [id, content, status])).toEqual([
      ['u', 'says u', 'complete'],
      ['a', 'one two', 'complete'],
      ['b', 'three', 'complete'],
    ])
    expect(state.messages[1]?.thinking).toBe('hm')
    expect(state.messages[1]?.tool_results).toEqual([{ id: 'x', content: '2', is_error: false, seconds: 1 }])
    expect([state.tokensUsed, state.costUsd]).toEqual([5, 0.5])
  })

  it('is not changed by hearing any of it again', () => {
    const events = wholeTurn()
    const once = run(BLANK, events)
    expect(run(once, events)).toEqual(once)
    expect(run(BLANK, events.flatMap((one, at) => [one, ...events.slice(0, at)]))).toEqual(once)
  })

  it('touches no committed message and no row list while tokens come', () => {
    const before = run(hydrate(detail([message('u')])), [started(), step('a')])
    const after = run(before, [token('a', 'x')])
    expect(after.messages).toBe(before.messages)
  })

  it('keeps what a snapshot has committed when its making is replayed', () => {
    const events = wholeTurn()
    const committed = message('a', { role: 'assistant', turn_id: 't', parent_id: 'u', content: 'one two', status: 'complete' })
    const snapshot = detail([message('u'), committed], { turns: [{ id: 't', status: 'running', user_message_id: 'u', message: null, error: null }], seq: events[0]?.seq ?? '' })
    const state = run(hydrate(snapshot), events.slice(0, -3))
    expect(textsOf(state)).toEqual(['says u', 'one two', ''])
    expect(textsOf(run(state, events.slice(-3)))).toEqual(['says u', 'one two', 'three'])
  })

  it('keeps the committed attempt when an earlier one is replayed', () => {
    const committed = message('a2', { role: 'assistant', turn_id: 't', parent_id: 'u', content: 'second' })
    const snapshot = detail([message('u'), committed], { turns: [{ id: 't', status: 'running', user_message_id: 'u', message: null, error: null }] })
    const replay = [started(), step('a1'), token('a1', 'fir'), event({ type: 'turn_resumed', ...turn, step: 0 }), step('a2'), token('a2', 'second'), finished('a2', 6)]
    expect(textsOf(run(hydrate(snapshot), replay))).toEqual(['says u', 'second'])
  })

  it('measures the thought by the log', () => {
    const thought = (seq: string) => event({ type: 'thinking', ...turn, message_id: 'a', content: 'hm', seq })
    const state = run(hydrate(detail([message('u')])), [started(), step('a'), thought('5000-0'), thought('6000-0'), { ...token('a', 'x'), seq: '7500-0' } as ChannelEvent])
    expect(state.turn?.steps[0]?.thinkingMs).toBe(2500)
  })
})

describe('a turn that goes wrong', () => {
  const begun = () => run(hydrate(detail([message('u')])), [started(), step('a'), token('a', 'half')])

  it('drops the text of the step it is resumed at', () => {
    const recovering = run(begun(), [event({ type: 'turn_recovering', ...turn, reason: 'alone' })])
    expect(recovering.turn).toMatchObject({ status: 'recovering', interruption: 'alone' })
    const resumed = run(recovering, [event({ type: 'turn_resumed', ...turn, step: 0 }), step('b'), token('b', 'anew')])
    expect(textsOf(resumed)).toEqual(['says u', 'anew'])
    expect(resumed.turn?.status).toBe('running')
  })

  it('keeps the committed steps before the one it is resumed at', () => {
    const state = run(begun(), [finished('a', 4), step('b', 1, 'a'), token('b', 'lost'), event({ type: 'turn_resumed', ...turn, step: 1 })])
    expect(textsOf(state)).toEqual(['says u', 'half'])
  })

  it('drops an attempt when the step begins again', () => {
    expect(textsOf(run(begun(), [step('b'), token('b', 'anew')]))).toEqual(['says u', 'anew'])
  })

  it('asks for a message that came shorter than it is', () => {
    const state = run(begun(), [finished('a', 9)])
    expect(state.wanted).toEqual(['a'])
    const mended = fetched(state, [message('a', { role: 'assistant', content: 'half full' })])
    expect([textsOf(mended), mended.wanted]).toEqual([['says u', 'half full'], []])
  })

  it('counts length in UTF-16 units', () => {
    const state = run(begun(), [token('a', ' 🜚'), finished('a', 7)])
    expect(state.wanted).toEqual([])
  })

  it('says how it ended and keeps what arrived', () => {
    const state = run(begun(), [finished('a', 4), ended('a', 'failed')])
    expect(state.ended).toMatchObject({ id: 't', userMessageId: 'u', status: 'failed' })
    expect(textsOf(state)).toEqual(['says u', 'half'])
  })

  it('is loaded again when its end is not the one we know', () => {
    expect(run(begun(), [finished('a', 4), ended('elsewhere')]).stale).toBe(true)
  })

  it('is loaded again when a step never came to its end', () => {
    expect(run(begun(), [ended('a')]).stale).toBe(true)
  })

  it('is loaded again when events are gone', () => {
    expect(reduce(begun(), { type: 'reload', channel: 'conversation:c', seq: '9-0' }).stale).toBe(true)
  })
})

describe('a message of the person', () => {
  it('stands there at once and is replaced by the one that was stored', () => {
    const waiting = sent(BLANK, pending)
    expect(waiting.pending).toHaveLength(1)
    const state = run(waiting, [added(message('u'))])
    expect([state.pending, textsOf(state)]).toEqual([[], ['says u']])
  })

  it('is not doubled when the acceptance comes after it', () => {
    const state = accepted(run(sent(BLANK, pending), [added(message('u'), 'other')]), 'k', { turn_id: 't', conversation_id: 'c', message_id: 'u', seq: '1-0' })
    expect(state.pending).toEqual([])
  })

  it('is not doubled when a snapshot already has it', () => {
    const state = accepted(sent(BLANK, pending), 'k', { turn_id: 't', conversation_id: 'c', message_id: 'u', seq: '1-0' })
    expect(hydrate(detail([message('u')]), state).pending).toEqual([])
  })

  it('that waits at the server for its turn is shown, and goes when the turn begins', () => {
    const queued = { id: 'q', status: 'queued' as const, user_message_id: 'v', message: 'later', error: null }
    const state = hydrate(detail([message('u')], { turns: [queued] }))
    expect(state.pending.map(({ content }) => content)).toEqual(['later'])
    expect(run(state, [added(message('v', { parent_id: 'u' }))]).pending).toEqual([])
  })

  it('stays with the reason when it is refused', () => {
    expect(refused(sent(BLANK, pending), 'k', 'Too long').pending[0]?.failure).toBe('Too long')
  })

  it('that is sent during a turn stands behind it', () => {
    const running = run(hydrate(detail([message('u')])), [started(), step('a')])
    const state = run(running, [added(message('v', { parent_id: 'a' }))])
    expect(state.waiting.map(({ id }) => id)).toEqual(['v'])
    const done = run(state, [finished('a', 0), ended('a')])
    expect(done.messages.map(({ id }) => id)).toEqual(['u', 'a', 'v'])
    expect(done.stale).toBe(false)
  })

  it('that is edited begins a branch where the old one stood', () => {
    const answer = message('a', { parent_id: 'u', role: 'assistant' })
    const state = run(hydrate(detail([message('u'), answer, message('v', { parent_id: 'a' })])), [added(message('w', { parent_id: 'a', siblings: ['v', 'w'] }))])
    expect(state.messages.map(({ id }) => id)).toEqual(['u', 'a', 'w'])
    expect(state.messages[2]?.siblings).toEqual(['v', 'w'])
  })

  it('whose parent is unknown makes it load again', () => {
    expect(run(hydrate(detail([message('u')])), [added(message('w', { parent_id: 'far' }))]).stale).toBe(true)
  })
})

describe('another answer', () => {
  const two = () => hydrate(detail([message('u'), message('a', { parent_id: 'u', role: 'assistant', turn_id: 's' })]))

  it('takes the place of the one before, which becomes its sibling', () => {
    const state = run(two(), [started(), step('b'), token('b', 'other'), finished('b', 5), ended('b')])
    expect(state.messages.map(({ id }) => id)).toEqual(['u', 'b'])
    expect(state.messages[1]?.siblings).toEqual(['a', 'b'])
  })

  it('hides the one before as soon as it is asked for', () => {
    expect(shownMessages(redoing(two(), 'k', 'u')).map(({ id }) => id)).toEqual(['u'])
  })
})

describe('pages', () => {
  it('are put before, once', () => {
    const state = hydrate(detail([message('u')], { next_cursor: 'p' }))
    const page = { messages: [message('o')], next_cursor: null }
    const more = olderLoaded(olderLoaded(state, 'p', page), 'p', page)
    expect(more.messages.map(({ id }) => id)).toEqual(['o', 'u'])
  })

  it('stay when the end is loaded again', () => {
    const state = olderLoaded(hydrate(detail([message('u')], { next_cursor: 'p' })), 'p', { messages: [message('o')], next_cursor: 'q' })
    const again = hydrate(detail([message('u'), message('v')], { next_cursor: 'p' }), state)
    expect([again.messages.map(({ id }) => id), again.olderCursor]).toEqual([['o', 'u', 'v'], 'q'])
  })
})

describe('the conversation', () => {
  it('takes the newest of what is said about it, whichever channel says it', () => {
    const state = hydrate(detail([]))
    const titled = { ...CONVERSATION, title: 'New', updated_at: '2026-02-01' }
    const far = reduce(state, { type: 'conversation_updated', seq: '9999999-0', conversation: titled })
    expect([far.conversation?.title, far.seq]).toEqual(['New', '0-0'])
    expect(reduce(far, { type: 'conversation_updated', seq: '1-0', conversation: CONVERSATION }).conversation?.title).toBe('New')
  })

  it('is loaded again when another tab goes over to another branch', () => {
    const state = hydrate(detail([message('u')]))
    const moved = { ...CONVERSATION, leaf_id: 'z', updated_at: '2026-02-01' }
    expect(reduce(state, { type: 'conversation_updated', seq: '1-0', conversation: moved }).stale).toBe(true)
  })
})

describe('whatever order and number of times events come in', () => {
  it('ends in what the server has, or knows that it has to ask', () => {
    const truth = run(BLANK, wholeTurn())
    for (let seed = 1; seed <= 400; seed += 1) {
      const state = run(hydrate(detail([message('u')])), disturbed(wholeTurn().slice(1), seed))
      const settled = state.stale || state.wanted.length > 0 || state.turn !== null
      const clean = state.wanted.length === 0 && JSON.stringify(textsOf(state)) === JSON.stringify(textsOf(truth))
      expect(settled || clean, `seed ${String(seed)}: ${JSON.stringify(textsOf(state))}`).toBe(true)
    }
  })
})

/** Some events twice, some late: a late one is dropped by its number, as if it were lost. */
function disturbed(events: ChannelEvent[], seed: number): ChannelEvent[] {
  let state = seed
  const random = () => (state = (state * 1103515245 + 12345) % 2147483648) / 2147483648
  const out = events.flatMap((one) => (random() < 0.3 ? [one, one] : [one]))
  for (let at = 0; at < out.length - 1; at += 1) {
    const [a, b] = [out[at], out[at + 1]]
    if (a && b && random() < 0.15) [out[at], out[at + 1]] = [b, a]
  }
  return out
}

describe('a token', () => {
  it('costs the same in a conversation of 5,000 messages as in a new one', () => {
    const many = Array.from({ length: 5_000 }, (_, n) => message(`m${String(n)}`, { parent_id: n ? `m${String(n - 1)}` : null }))
    const cost = (messages: Message[]) => {
      let state = run(hydrate(detail([...messages, message('u')])), [started(), step('a')])
      const tokens = Array.from({ length: 20_000 }, () => token('a', 'word '))
      const start = performance.now()
      for (const one of tokens) state = reduce(state, one)
      expect(state.turn?.steps[0]?.text.length).toBe(100_000)
      return performance.now() - start
    }
    cost([])
    expect(cost(many)).toBeLessThan(3 * cost([]) + 30)
  })
})
