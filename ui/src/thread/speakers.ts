/** Which agent spoke an answer: what its message says, or, while it runs and of older ones, what this page knows for sure. */
import { shallowReactive } from 'vue'

interface Heard {
  readonly agent: string | null
  /** It was asked for, not concluded. */
  readonly asked: boolean
}

/** By turn; turns are known by the page that saw them run. */
const heard = shallowReactive(new Map<string, Heard>())
const KEPT = 500

/** Whom a turn was asked of, or the conversation's agent while it runs. */
export function hearSpeaker(turnId: string, agent: string | null, asked = false): void {
  if (heard.get(turnId)?.asked && !asked) return
  const oldest = heard.keys().next()
  if (heard.size >= KEPT && !oldest.done) heard.delete(oldest.value)
  heard.set(turnId, { agent, asked })
}

/** The agent of an answer: heard, or the conversation's for its last one. Undefined where nobody knows; null is the assistant. */
export function speakerOf(
  turnId: string | null,
  isLast: boolean,
  conversationAgent: string | null,
  noted: string | null = null,
): string | null | undefined {
  if (noted !== null) return noted
  const known = turnId === null ? undefined : heard.get(turnId)
  if (known) return known.agent
  return isLast ? conversationAgent : undefined
}
