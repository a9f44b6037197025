/** The events of a realm as the map understands them: what a wire event holds, checked and named. */
import { SQUARE, type ZoneName } from './ground'
import type { Convergence, Knowledge, Presence, VillageEvent } from '@/wire'

export interface Being {
  readonly userId: string
  /** Null: the person. */
  readonly agent: string | null
}

export type Happening =
  | { readonly kind: 'moved'; readonly who: Being; readonly zone: ZoneName; readonly tool: string | null }
  | { readonly kind: 'idle'; readonly who: Being }
  | { readonly kind: 'said'; readonly who: Being; readonly id: string; readonly text: string; readonly at: string }
  | { readonly kind: 'here'; readonly here: readonly Presence[] }
  | { readonly kind: 'agreed'; readonly convergence: Convergence }

/** What an event means to the map; null when it changes nothing there. A convergence has to be fetched: see `convergenceOf`. */
export function happeningOf({ event, data }: VillageEvent): Happening | null {
  if (event === 'presence') return Array.isArray(data.here) ? { kind: 'here', here: data.here as Presence[] } : null
  if (event === 'knowledge_added') return saidOf(data.knowledge as Knowledge | undefined)
  if (event !== 'agent_moved' && event !== 'agent_idle') return null
  const who = beingOf(data)
  if (!who) return null
  if (event === 'agent_idle') return { kind: 'idle', who }
  return { kind: 'moved', who, zone: text(data.zone) as ZoneName | null ?? SQUARE, tool: text(data.tool) }
}

/** What is brought in by the thousand is not spoken. */
function saidOf(knowledge: Knowledge | undefined): Happening | null {
  if (!knowledge || knowledge.origin === 'import') return null
  const who = { userId: knowledge.user_id, agent: knowledge.agent }
  return { kind: 'said', who, id: knowledge.id, text: knowledge.content, at: knowledge.created_at }
}

function beingOf(data: Record<string, unknown>): Being | null {
  const userId = text(data.user_id)
  return userId === null ? null : { userId, agent: text(data.agent) }
}

/** The id of the convergence that an event tells of. */
export function convergenceOf({ event, data }: VillageEvent): string | null {
  return event === 'convergence' || event === 'convergence_answered' ? text(data.convergence_id) : null
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

export function keyOf({ userId, agent }: Being): string {
  return `${userId}/${agent ?? ''}`
}
