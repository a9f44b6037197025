/** What is known of agents, told by answers and by events that may come late or twice. */
import type { Agent } from '@/wire'

import { isOver } from './status'

/** Of two tellings of one agent the later one: an end stands, and steps are never undone. */
export function later(known: Agent | undefined, told: Agent): Agent {
  if (!known || isOver(told.status)) return told
  return isOver(known.status) || told.steps < known.steps ? known : told
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
