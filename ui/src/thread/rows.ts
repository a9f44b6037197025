/** What stands in the list, one row a voice: a person's message, or the answer to it with all its steps. */
import type { Message } from '@/wire'

import type { EndedTurn, LiveStep, PendingMessage } from './state'

export interface UserRow {
  readonly kind: 'user'
  readonly key: string
  readonly message: Message
}

export interface AnswerRow {
  readonly kind: 'answer'
  readonly key: string
  readonly turnId: string | null
  /** The person's message that is answered. */
  readonly userMessageId: string | null
  /** Null while the turn runs: the steps then come from the live turn, so that a token changes no row. */
  readonly steps: readonly Message[] | null
}

export interface PendingRow {
  readonly kind: 'pending'
  readonly key: string
  readonly pending: PendingMessage
}

/** An answer has been asked for and nothing of it is known yet. */
export interface ExpectedRow {
  readonly kind: 'expected'
  readonly key: string
}

export type Row = UserRow | AnswerRow | PendingRow | ExpectedRow

const known = new WeakMap<Message, Row>()

export function rowsOf(messages: readonly Message[]): Row[] {
  const rows: Row[] = []
  for (let at = 0; at < messages.length; ) {
    const first = messages[at]
    if (!first) break
    let end = at + 1
    if (first.role !== 'user') while (isSameAnswer(first, messages[end])) end += 1
    rows.push(first.role === 'user' ? userRow(first) : answerRow(messages.slice(at, end), messages[at - 1]?.id ?? first.parent_id))
    at = end
  }
  return rows
}

function isSameAnswer(first: Message, next: Message | undefined): boolean {
  return next !== undefined && next.role !== 'user' && next.turn_id === first.turn_id
}

function userRow(message: Message): Row {
  const row = known.get(message) ?? { kind: 'user', key: message.id, message }
  known.set(message, row)
  return row
}

/** The same messages make the same row, so that a new message redraws no other. */
function answerRow(steps: readonly Message[], userMessageId: string | null): Row {
  const last = steps.at(-1) as Message
  const before = known.get(last)
  if (before?.kind === 'answer' && before.steps?.length === steps.length && before.steps.every((step, at) => step === steps[at])) return before
  const row: Row = { kind: 'answer', key: last.turn_id ?? last.id, turnId: last.turn_id, userMessageId, steps }
  known.set(last, row)
  return row
}

export interface Tail {
  readonly turnId: string | null
  readonly userMessageId: string | null
  readonly ended: EndedTurn | null
  readonly waiting: readonly Message[]
  readonly pending: readonly PendingMessage[]
  readonly redo: boolean
}

/** What follows the committed messages: the running turn, what was sent behind it, what is on its way. */
export function tailRows(tail: Tail, last: Row | undefined): Row[] {
  const rows: Row[] = []
  const { turnId, userMessageId, ended } = tail
  if (turnId) rows.push({ kind: 'answer', key: turnId, turnId, userMessageId, steps: null })
  else if (ended && !(last?.kind === 'answer' && last.turnId === ended.id)) {
    rows.push({ kind: 'answer', key: ended.id, turnId: ended.id, userMessageId: ended.userMessageId, steps: [] })
  }
  for (const message of tail.waiting) rows.push(userRow(message))
  for (const pending of tail.pending) rows.push({ kind: 'pending', key: pending.commandId, pending })
  const expected = tail.redo || tail.pending.some((one) => one.failure === null)
  if (expected && !turnId) rows.push({ kind: 'expected', key: 'expected' })
  return rows
}

export type AnyStep = Message | LiveStep

/** The text of an answer as it would be written down. */
export function answerMarkdown(steps: readonly Message[]): string {
  return steps
    .map((step) => step.content.trim())
    .filter(Boolean)
    .join('\n\n')
}

/** How long a row probably is, before it has been measured. */
export function estimateHeight(row: Row, width: number): number {
  const perLine = Math.max(20, Math.min(width, 736) / 8.2)
  if (row.kind === 'user') return 56 + Math.ceil(row.message.content.length / (perLine * 0.8)) * 26 + (row.message.attachments.length ? 72 : 0)
  if (row.kind !== 'answer' || !row.steps) return 96
  return row.steps.reduce((sum, step) => sum + stepHeight(step, perLine), 64)
}

function stepHeight(step: Message, perLine: number): number {
  const lines = step.content.split('\n').reduce((sum, line) => sum + Math.max(0.45, Math.ceil(line.length / perLine)), 0)
  return lines * 28 + step.tool_calls.length * 52 + (step.thinking ? 36 : 0)
}
