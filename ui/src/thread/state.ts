/** What the page knows of one conversation: plain frozen data that `reduce` takes from one event to the next. */
import type { Approval, Attachment, Conversation, ConversationDetail, Message, Turn, TurnError } from '@/wire'

import type { Interruption } from './interruption'
import { EMPTY, rope, textOf, type Rope } from './rope'

/** One step of an answer while its turn runs. `content` and `thinking` are filled when it becomes a message. */
export interface LiveStep extends Omit<Message, 'status'> {
  readonly status: 'streaming' | Message['status']
  readonly text: Rope
  readonly thought: Rope
  readonly thinkingSince: number | null
  readonly thinkingMs: number | null
  /** What tools that run say of it, by the call. */
  readonly progress: Readonly<Record<string, string>>
  /** Who says that it is committed: a snapshot's word stands against a replay of earlier attempts. */
  readonly committed: 'no' | 'snapshot' | 'stream'
}

export interface LiveTurn {
  readonly id: string
  readonly userMessageId: string | null
  readonly status: 'running' | 'recovering'
  /** Why it was taken up last. */
  readonly interruption?: Interruption
  readonly steps: readonly LiveStep[]
  /** Earlier answers to the same message, oldest first. */
  readonly siblings: readonly string[]
}

/** A message that was sent and is not yet known to be in the conversation. */
export interface PendingMessage {
  readonly commandId: string
  readonly content: string
  readonly attachments: readonly Attachment[]
  readonly parentId: string | null
  readonly root: boolean
  /** Known once the server has accepted it. */
  readonly messageId: string | null
  readonly failure: string | null
}

export interface Redo {
  readonly commandId: string
  readonly userMessageId: string
}

/** How the last turn came to its end, when there is something to say about it. */
export interface EndedTurn {
  readonly id: string
  readonly userMessageId: string | null
  readonly status: 'stopped' | 'failed'
  readonly error: TurnError | null
}

export interface ThreadState {
  readonly conversation: Conversation | null
  /** The committed messages of the current branch, oldest first. */
  readonly messages: readonly Message[]
  readonly olderCursor: string | null
  readonly turn: LiveTurn | null
  readonly ended: EndedTurn | null
  readonly pending: readonly PendingMessage[]
  /** An answer that was asked for anew and has not begun. */
  readonly redo: Redo | null
  /** Messages that were sent while a turn runs: they stand after it. */
  readonly waiting: readonly Message[]
  /** What tools wait for the person's word on, oldest first. */
  readonly approvals: readonly Approval[]
  readonly seq: string
  readonly tokensUsed: number
  readonly costUsd: number
  /** Committed messages whose text the stream did not bring whole. */
  readonly wanted: readonly string[]
  /** The state no longer follows from events alone: load it again. */
  readonly stale: boolean
}

export const BLANK: ThreadState = {
  conversation: null,
  messages: [],
  olderCursor: null,
  turn: null,
  ended: null,
  pending: [],
  redo: null,
  waiting: [],
  approvals: [],
  seq: '0',
  tokensUsed: 0,
  costUsd: 0,
  wanted: [],
  stale: false,
}

/** The state that a snapshot tells of; what was sent meanwhile and is not in it stays pending. */
export function hydrate(detail: ConversationDetail, before: ThreadState = BLANK): ThreadState {
  const active = detail.turns.find((turn) => turn.status === 'running')
  const queued = detail.turns.filter((turn) => turn.status === 'queued')
  const [messages, waiting] = splitAtTurn(detail.messages, active)
  const steps = messages.filter((message) => active && message.turn_id === active.id && message.role === 'assistant')
  const older = olderThan(detail, before)
  return {
    ...BLANK,
    conversation: detail.conversation,
    messages: [...older, ...messages.filter((message) => !steps.includes(message))],
    waiting,
    olderCursor: older.length ? before.olderCursor : detail.next_cursor,
    turn: active ? liveTurn(active, steps) : null,
    ended: active ? null : endedTurn(detail),
    pending: pendingAfter(detail, before, queued),
    redo: queuedRedo(queued),
    approvals: detail.approvals,
    seq: detail.seq,
    tokensUsed: detail.tokens_used,
    costUsd: detail.cost_usd,
  }
}

/** Pages that were loaded before a snapshot came and still stand before its messages. */
function olderThan(detail: ConversationDetail, before: ThreadState): readonly Message[] {
  const first = detail.messages[0]
  if (!first || before.conversation?.id !== detail.conversation.id) return []
  const at = before.messages.findIndex((message) => message.id === first.id)
  return before.messages.slice(0, Math.max(0, at))
}

/** What is still on its way, and what waits at the server for its turn, of this page or of another. */
function pendingAfter(detail: ConversationDetail, before: ThreadState, queued: readonly Turn[]): PendingMessage[] {
  const here = before.pending.filter((one) => !detail.messages.some((message) => message.id === one.messageId))
  const elsewhere = queued.filter(({ message, user_message_id: id }) => message && !here.some((one) => one.messageId === id))
  return [...here, ...elsewhere.map((turn): PendingMessage => queuedMessage(turn, detail.messages.at(-1)?.id ?? null))]
}

function queuedMessage(turn: Turn, parentId: string | null): PendingMessage {
  const messageId = turn.user_message_id
  return { commandId: turn.id, content: turn.message ?? '', attachments: [], parentId, root: false, messageId, failure: null }
}

function queuedRedo(queued: readonly Turn[]): Redo | null {
  const turn = queued.find(({ message }) => !message)
  return turn?.user_message_id ? { commandId: turn.id, userMessageId: turn.user_message_id } : null
}

/** Messages up to the running turn's last one, and those that wait behind it. */
function splitAtTurn(messages: readonly Message[], active: Turn | undefined): [Message[], Message[]] {
  if (!active) return [[...messages], []]
  const last = messages.findLastIndex((message) => message.turn_id === active.id || message.id === active.user_message_id)
  return last < 0 ? [[...messages], []] : [messages.slice(0, last + 1), messages.slice(last + 1)]
}

function liveTurn(turn: Turn, steps: readonly Message[]): LiveTurn {
  return {
    id: turn.id,
    userMessageId: turn.user_message_id,
    status: 'running',
    steps: steps.map(committedStep),
    siblings: (steps[0]?.siblings ?? []).filter((id) => id !== steps[0]?.id),
  }
}

function endedTurn(detail: ConversationDetail): EndedTurn | null {
  const failed = detail.turns.findLast((turn) => turn.status === 'failed')
  if (!failed) return null
  const last = detail.messages.at(-1)
  const isLatest = last && (last.turn_id === failed.id || last.id === failed.user_message_id)
  if (!isLatest) return null
  return { id: failed.id, userMessageId: failed.user_message_id, status: 'failed', error: failed.error ?? null }
}

export function committedStep(message: Message): LiveStep {
  return {
    ...message,
    text: rope(message.content),
    thought: rope(message.thinking ?? ''),
    thinkingSince: null,
    thinkingMs: null,
    progress: {},
    committed: 'snapshot',
  }
}

/** The message that a step has become; how long its thought took is known only here. An unfinished one is what was shown of it. */
export function messageOf(step: LiveStep): Message & { readonly thinkingMs: number | null } {
  const { text, thought, thinkingSince: _since, progress: _progress, committed: _committed, ...message } = step
  return {
    ...message,
    content: textOf(text),
    thinking: thought === EMPTY ? null : textOf(thought),
    status: step.status === 'streaming' ? 'stopped' : step.status,
  }
}
