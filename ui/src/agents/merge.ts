/** What is known of agents, told by answers and by events that may come late or twice. */
import type { Agent } from '@/wire'

import { isOver } from './status'

/** Of two tellings of one agent the later one: an end stands, and steps are never undone. */
export function later(known: Agent | undefined, told: Agent): Agent {
  if (!known) return told
  const over = isOver(known.status)
  if (!isOver(told.status) && (over || told.steps < known.steps)) return known
  const task = whole(known.task, told.task)
  const result = over && known.result !== null && told.result !== null ? whole(known.result, told.result) : told.result
  return task === told.task && result === told.result ? told : { ...told, task, result }
}

/** Events tell the beginning of what is long only. */
function whole(known: string, told: string): string {
  return known.startsWith(told) ? known : told
}

/** Answers the same list when there is nothing new in it. */
export function withAgent(agents: readonly Agent[], told: Agent, place: 'first' | 'last'): readonly Agent[] {
  const at = agents.findIndex(({ id }) => id === told.id)
  if (at < 0) return place === 'first' ? [told, ...agents] : [...agents, told]
  const agent = later(agents[at], told)
  return agent === agents[at] ? agents : agents.with(at, agent)
}

/** A page as it was read, with what is known better by now. */
export function refreshed(before: readonly Agent[], read: readonly Agent[]): readonly Agent[] {
  const known = new Map(before.map((agent) => [agent.id, agent]))
  return read.map((agent) => later(known.get(agent.id), agent))
}
