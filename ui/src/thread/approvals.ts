/** What tools wait for the person's word on: state + event → state, and the words that show it. Pure. */
import type { Approval } from '@/wire'

import type { AnyStep } from './rows'
import type { ThreadState } from './state'

/** A tool asks, or asks again what it asked before. */
export function asked(state: ThreadState, approval: Approval): ThreadState {
  const others = state.approvals.filter(({ id }) => id !== approval.id)
  return { ...state, approvals: approval.status === 'pending' ? [...others, approval] : others }
}

/** It has its answer, or a result, or its turn is over. */
export function settled(state: ThreadState, over: (approval: Approval) => boolean): ThreadState {
  return state.approvals.some(over) ? { ...state, approvals: state.approvals.filter((one) => !over(one)) } : state
}

/** The steps without the calls that are asked about: those are shown by their questions. */
export function withoutAsked(steps: readonly AnyStep[], approvals: readonly Approval[]): readonly AnyStep[] {
  if (!approvals.length) return steps
  const waits = (step: AnyStep, call: string) => approvals.some((one) => one.message_id === step.id && one.call_id === call)
  return steps.map((step) => {
    const calls = step.tool_calls.filter((call) => !waits(step, call.id))
    return calls.length === step.tool_calls.length ? step : { ...step, tool_calls: calls }
  })
}

const REASONS = {
  rule: 'You want to be asked before this tool runs.',
  untrusted: 'Text by strangers is in what was read for this answer, and may be what asks for it.',
}

export function reasonText(approval: Approval): string {
  return REASONS[approval.reason]
}

/** The arguments exactly: what would not be seen, or would turn the writing round, is spelt out. */
export function exactly(value: Approval['arguments']): string {
  return JSON.stringify(value, null, 2).replace(/[\p{Cf}\p{Cc}\p{Zl}\p{Zp}\p{Co}]/gu, (sign) => {
    return sign === '\n' ? sign : `\\u{${(sign.codePointAt(0) ?? 0).toString(16)}}`
  })
}

export function untilText(approval: Approval, now = new Date()): string {
  const end = new Date(approval.expires_at)
  const sameDay = end.toDateString() === now.toDateString()
  const time = end.toLocaleTimeString('en', { hour: '2-digit', minute: '2-digit', hour12: false })
  return sameDay ? `until ${time}` : `until ${end.toLocaleDateString('en', { weekday: 'long' })}, ${time}`
}
