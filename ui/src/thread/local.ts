/** What happens on this side: messages sent, refused, fetched, and older pages. Pure, like `reduce`. */
import type { Accepted, Message, MessagesPage } from '@/wire'

import { rope } from './rope'
import type { LiveStep, PendingMessage, ThreadState } from './state'

/** A message on its way is shown at once, behind the one it follows. */
export function sent(state: ThreadState, pending: PendingMessage): ThreadState {
  return { ...state, ended: null, pending: [...state.pending.filter((one) => one.commandId !== pending.commandId), pending] }
}

export function accepted(state: ThreadState, commandId: string, answer: Accepted): ThreadState {
  const known = [...state.messages, ...state.waiting].some((message) => message.id === answer.message_id)
  if (known) return withdrawn(state, commandId)
  return changePending(state, commandId, (one) => ({ ...one, messageId: answer.message_id }))
}

export function refused(state: ThreadState, commandId: string, failure: string): ThreadState {
  return changePending(state, commandId, (one) => ({ ...one, failure }))
}

export function withdrawn(state: ThreadState, commandId: string): ThreadState {
  return { ...state, pending: state.pending.filter((one) => one.commandId !== commandId) }
}

function changePending(state: ThreadState, commandId: string, change: (one: PendingMessage) => PendingMessage): ThreadState {
  return { ...state, pending: state.pending.map((one) => (one.commandId === commandId ? change(one) : one)) }
}

/** Messages of the page before the first one; a page that no longer fits (the branch was changed) is dropped. */
export function olderLoaded(state: ThreadState, cursor: string, page: MessagesPage): ThreadState {
  if (state.olderCursor !== cursor) return state
  const known = new Set(state.messages.map((message) => message.id))
  const older = page.messages.filter((message) => !known.has(message.id))
  return { ...state, messages: [...older, ...state.messages], olderCursor: page.next_cursor }
}

/** The committed text of messages that the stream did not bring whole. */
export function fetched(state: ThreadState, found: readonly Message[]): ThreadState {
  const byId = new Map(found.map((message) => [message.id, message]))
  const steps = state.turn?.steps.map((step) => repaired(step, byId.get(step.id))) ?? []
  return {
    ...state,
    messages: state.messages.map((message) => byId.get(message.id) ?? message),
    turn: state.turn && { ...state.turn, steps },
    wanted: state.wanted.filter((id) => !byId.has(id)),
  }
}

function repaired(step: LiveStep, message: Message | undefined): LiveStep {
  if (!message) return step
  const { text: _text, thought: _thought, thinkingSince, thinkingMs, progress } = step
  const texts = { text: rope(message.content), thought: rope(message.thinking ?? '') }
  return { ...message, ...texts, thinkingSince, thinkingMs, progress, committed: 'stream' }
}

/** The answer to a message was asked for anew. */
export function redoing(state: ThreadState, commandId: string, userMessageId: string): ThreadState {
  return { ...state, redo: { commandId, userMessageId } }
}

export function redoRefused(state: ThreadState, commandId: string): ThreadState {
  return state.redo?.commandId === commandId ? { ...state, redo: null } : state
}

/** What is shown: of a branch that is about to be left, only what the new one shares with it. */
export function shownMessages({ messages, pending, redo }: Pick<ThreadState, 'messages' | 'pending' | 'redo'>): readonly Message[] {
  if (redo) return upTo(messages, redo.userMessageId)
  const first = pending.find((one) => !one.failure)
  if (!first) return messages
  return first.root ? [] : upTo(messages, first.parentId)
}

function upTo(messages: readonly Message[], id: string | null): readonly Message[] {
  const at = id === null ? -1 : messages.findLastIndex((message) => message.id === id)
  return at < 0 ? messages : messages.slice(0, at + 1)
}
