/**
 * Takes the state of a conversation from one event to the next. Pure, and at peace with replay: an event that came before is dropped
 * by its sequence number, a committed step is not doubled by the replay of how it came to be, and what doesn't add up (a text of another
 * length, an unknown parent) asks for the message or for the whole, so that every order of events ends in what the server has.
 */
import type {
  Approval,
  Conversation,
  Message,
  MessageAdded,
  StepFinished,
  StepStarted,
  Thinking,
  Token,
  ToolComplete,
  ToolProgress,
  ToolStart,
  TurnEnded,
  TurnResumed,
  TurnStarted,
} from '@/wire'

import type { ChannelEvent } from '@/channels'

import { asked, settled } from './approvals'
import { append, EMPTY } from './rope'
import { isAfter, timeOf } from './sequence'
import { messageOf, type LiveStep, type LiveTurn, type ThreadState } from './state'

type TurnEvent = Exclude<Extract<ChannelEvent, { turn_id: string }>, { approval: Approval }>

export function reduce(state: ThreadState, event: ChannelEvent): ThreadState {
  if (event.type === 'reload') return { ...state, stale: true }
  if (event.type === 'conversation_updated') return conversationUpdated(state, event.conversation)
  if (!('turn_id' in event) || !isAfter(event.seq, state.seq)) return state
  return { ...('approval' in event ? asked(state, event.approval) : applied(state, event)), seq: event.seq }
}

function applied(state: ThreadState, event: TurnEvent): ThreadState {
  if (isOfTool(event)) return toolRan(state, event)
  switch (event.type) {
    case 'message_added':
      return messageAdded(state, event)
    case 'turn_started':
      return turnStarted(state, event)
    case 'step_started':
      return withTurn(state, event.turn_id, (turn) => stepStarted(turn, event))
    case 'token':
      return withStep(state, event, (step) => tokenAdded(step, event))
    case 'thinking':
      return withStep(state, event, (step) => thinkingAdded(step, event))
    case 'step_finished':
      return stepFinished(state, event)
    case 'turn_recovering':
      return withTurn(state, event.turn_id, (turn) => ({ ...turn, status: 'recovering', interruption: event.reason }))
    case 'turn_resumed':
      return withTurn(state, event.turn_id, (turn) => turnResumed(turn, event))
    case 'turn_ended':
      return turnEnded(settled(state, ({ turn_id }) => turn_id === event.turn_id), event)
    default:
      // A newer server may tell more than this page knows.
      return state
  }
}

type ToolEvent = ToolStart | ToolProgress | ToolComplete

function isOfTool(event: TurnEvent): event is ToolEvent {
  return event.type === 'tool_start' || event.type === 'tool_progress' || event.type === 'tool_complete'
}

function toolRan(state: ThreadState, event: ToolEvent): ThreadState {
  if (event.type === 'tool_progress') {
    return withStep(state, event, (step) => ({ ...step, progress: { ...step.progress, [event.id]: event.text } }))
  }
  return withStep(goesOn(state, event), event, (step) =>
    event.type === 'tool_start' ? toolStarted(step, event) : toolCompleted(step, event),
  )
}

// Messages

function messageAdded(state: ThreadState, { message, command_id }: MessageAdded): ThreadState {
  const pending = state.pending.filter((one) => one.commandId !== command_id && one.messageId !== message.id)
  const next = { ...state, pending, ended: null }
  if (state.turn && !knows(state, message.parent_id)) {
    return { ...next, waiting: [...state.waiting.filter((one) => one.id !== message.id), message] }
  }
  return place(next, message)
}

/** Put a message behind its parent; what stood there goes on as another branch. */
export function place(state: ThreadState, message: Message): ThreadState {
  const at = state.messages.findIndex((one) => one.id === message.id)
  if (at >= 0) return { ...state, messages: state.messages.with(at, message) }
  if (message.parent_id === null) return { ...state, messages: [message], olderCursor: null }
  const parent = state.messages.findLastIndex((one) => one.id === message.parent_id)
  if (parent < 0) return { ...state, stale: true }
  return { ...state, messages: [...state.messages.slice(0, parent + 1), message] }
}

function knows(state: ThreadState, id: string | null): boolean {
  return id === null || state.messages.some((message) => message.id === id)
}

// Turns

function turnStarted(state: ThreadState, event: TurnStarted): ThreadState {
  if (state.turn?.id === event.turn_id) {
    return { ...state, ended: null, redo: null, turn: { ...state.turn, status: 'running' } }
  }
  const before = state.turn ? fold(state) : state
  const at = before.messages.findLastIndex((message) => message.id === event.user_message_id)
  const answer = at < 0 ? undefined : before.messages[at + 1]
  return {
    ...before,
    messages: answer ? before.messages.slice(0, at + 1) : before.messages,
    ended: null,
    redo: null,
    stale: before.stale || at < 0,
    turn: {
      id: event.turn_id,
      userMessageId: event.user_message_id,
      status: 'running',
      steps: [],
      siblings: answer ? (answer.siblings.length ? answer.siblings : [answer.id]) : [],
    },
  }
}

function turnResumed(turn: LiveTurn, event: TurnResumed): LiveTurn {
  const steps = turn.steps.filter((step) => step.step < event.step || step.committed !== 'no')
  return { ...turn, status: 'running', steps }
}

function turnEnded(state: ThreadState, event: TurnEnded): ThreadState {
  if (state.turn?.id !== event.turn_id) return { ...state, stale: state.stale || !isLeaf(state, event.leaf_id) }
  const lost = state.turn.steps.some((step) => step.committed === 'no' && step.status === 'streaming')
  const userMessageId = state.turn.userMessageId
  const folded = fold(state)
  return {
    ...folded,
    ended: event.status === 'completed' ? null : { id: event.turn_id, userMessageId, status: event.status, error: event.error },
    tokensUsed: folded.tokensUsed + event.tokens_used,
    costUsd: folded.costUsd + event.cost_usd,
    stale: folded.stale || lost || !(folded.waiting.length || isLeaf(folded, event.leaf_id) || state.waiting.length),
  }
}

function isLeaf(state: ThreadState, leaf: string | null): boolean {
  return leaf === null || state.messages.at(-1)?.id === leaf
}

/** The turn is over: its steps become messages, and what waited behind it takes its place. */
function fold(state: ThreadState): ThreadState {
  const done = { ...state, turn: null, waiting: [] }
  const steps = (state.turn?.steps ?? []).map(messageOf)
  return [...steps, ...state.waiting].reduce(place, done)
}

/** Comes by two channels, so its sequence number says nothing here; the newest one counts. */
function conversationUpdated(state: ThreadState, conversation: Conversation): ThreadState {
  const known = state.conversation
  if (known && (known.id !== conversation.id || conversation.updated_at < known.updated_at)) return state
  const moved = known?.leaf_id !== conversation.leaf_id
  const elsewhere = moved && !state.turn && !state.pending.length && !isLeaf(state, conversation.leaf_id)
  return { ...state, conversation, stale: state.stale || elsewhere }
}

// Steps

function withTurn(state: ThreadState, turnId: string, change: (turn: LiveTurn) => LiveTurn): ThreadState {
  if (state.turn?.id !== turnId) return state
  return { ...state, turn: change(state.turn) }
}

/** A call that runs or has a result is not asked about any more. */
function goesOn(state: ThreadState, event: ToolStart | ToolComplete): ThreadState {
  return settled(state, (approval) => approval.message_id === event.message_id && approval.call_id === event.id)
}

type StepEvent = Token | Thinking | ToolEvent

function withStep(state: ThreadState, event: StepEvent, change: (step: LiveStep) => LiveStep): ThreadState {
  const { turn } = state
  if (turn?.id !== event.turn_id) return state
  const at = turn.steps.findLastIndex((step) => step.id === event.message_id)
  const step = turn.steps[at]
  if (!step) return state
  return { ...state, turn: { ...turn, status: 'running', steps: turn.steps.with(at, change(step)) } }
}

function stepStarted(turn: LiveTurn, event: StepStarted): LiveTurn {
  const same = turn.steps.find((step) => step.step === event.step)
  if (same && (same.committed === 'snapshot' || (same.id === event.message_id && same.committed !== 'no'))) return turn
  const earlier = turn.steps.filter((step) => step.step < event.step || step.committed === 'snapshot')
  const siblings = earlier.length ? [event.message_id] : [...turn.siblings, event.message_id]
  return { ...turn, status: 'running', steps: [...earlier, newStep(event, siblings)].sort((a, b) => a.step - b.step) }
}

function newStep(event: StepStarted, siblings: string[]): LiveStep {
  return {
    id: event.message_id,
    parent_id: event.parent_id,
    turn_id: event.turn_id,
    step: event.step,
    role: 'assistant',
    content: '',
    thinking: null,
    tool_calls: [],
    tool_results: [],
    attachments: [],
    model: event.model,
    stop_reason: null,
    status: 'streaming',
    tokens_used: null,
    cost_usd: null,
    agent: null,
    created_at: new Date(timeOf(event.seq)).toISOString(),
    siblings,
    text: EMPTY,
    thought: EMPTY,
    thinkingSince: null,
    thinkingMs: null,
    progress: {},
    committed: 'no',
  }
}

function tokenAdded(step: LiveStep, event: Token): LiveStep {
  if (step.committed !== 'no') return step
  return { ...thoughtDone(step, event.seq), text: append(step.text, event.content) }
}

function thinkingAdded(step: LiveStep, event: Thinking): LiveStep {
  if (step.committed !== 'no') return step
  return { ...step, thought: append(step.thought, event.content), thinkingSince: step.thinkingSince ?? timeOf(event.seq) }
}

function thoughtDone(step: LiveStep, seq: string): LiveStep {
  if (step.thinkingSince === null || step.thinkingMs !== null) return step
  return { ...step, thinkingMs: timeOf(seq) - step.thinkingSince }
}

function toolStarted(step: LiveStep, event: ToolStart): LiveStep {
  if (step.tool_calls.some((call) => call.id === event.id)) return step
  const call = { id: event.id, name: event.tool, arguments: event.arguments }
  return { ...thoughtDone(step, event.seq), tool_calls: [...step.tool_calls, call] }
}

function toolCompleted(step: LiveStep, { result }: ToolComplete): LiveStep {
  return { ...step, tool_results: [...step.tool_results.filter((one) => one.id !== result.id), result] }
}

function stepFinished(state: ThreadState, event: StepFinished): ThreadState {
  const { turn } = state
  if (turn?.id !== event.turn_id) return state
  const at = turn.steps.findLastIndex((step) => step.id === event.message_id)
  const step = turn.steps[at]
  if (!step) return { ...state, stale: true }
  const { stop_reason, status, tokens_used, cost_usd } = event
  const figures = { stop_reason, status, tokens_used, cost_usd }
  const committed = step.committed === 'snapshot' ? 'snapshot' : 'stream'
  const finished: LiveStep = { ...thoughtDone(step, event.seq), ...figures, committed }
  const short = step.text.length !== event.length && !state.wanted.includes(step.id)
  return {
    ...state,
    turn: { ...turn, steps: turn.steps.with(at, finished) },
    wanted: short ? [...state.wanted, step.id] : state.wanted,
  }
}
