/** Turns what the server says of the runtime into words and shares; plain functions. */
import type { RuntimeHost, RuntimeState, RuntimeTurn } from '@/wire'

export type HostState = 'serving' | 'leaving' | 'late' | 'gone'

/** Above this, an event loop is felt by people (seconds). */
export const LATE = 0.25

export function stateOf(host: RuntimeHost): HostState {
  if (!host.alive) return 'gone'
  if (host.draining) return 'leaving'
  return host.lag >= LATE ? 'late' : 'serving'
}

export const STATES: Record<HostState, { text: string; tone: string }> = {
  serving: { text: 'Serving', tone: 'bg-success-soft text-success' },
  leaving: { text: 'Leaving', tone: 'bg-gold-soft text-accent' },
  late: { text: 'Running late', tone: 'bg-danger-soft text-danger' },
  gone: { text: 'Gone', tone: 'bg-danger-soft text-danger' },
}

/** A length of time as people say it. */
export function span(seconds: number): string {
  const left = Math.max(0, seconds)
  if (left < 0.001) return '0 ms'
  if (left < 1) return `${Math.round(left * 1000)} ms`
  if (left < 10) return `${left.toFixed(1)} s`
  if (left < 60) return `${Math.round(left)} s`
  if (left < 3600) return `${Math.floor(left / 60)} min ${Math.round(left % 60)} s`
  return `${Math.floor(left / 3600)} h ${Math.floor((left % 3600) / 60)} min`
}

/** The part of an id by which people tell ids apart: the end, since ids of the same minute begin alike. */
export function shortId(id: string): string {
  return `…${id.slice(-6)}`
}

/** Nodes' ids are random from the beginning, and hosts are named after them by that. */
export function shortNode(node: string): string {
  return node.slice(0, 8)
}

/** A host's name without what it shares with all others: `host/6f2a…/1` is `6f2a…/1`, an actor's own host is named after it. */
export function shortName(name: string): string {
  const [first = '', second = '', ...rest] = name.split('/')
  if (first !== 'host') return second.length > 12 ? `${first} ${shortId(second)}` : name
  return [shortNode(second), ...rest].join('/')
}

export function share(part: number, whole: number): number {
  return whole > 0 ? Math.min(1, Math.max(0, part / whole)) : 0
}

export function percent(part: number): string {
  return `${Math.round(part * 100)} %`
}

export function awake(state: RuntimeState): number {
  return state.kinds.reduce((sum, kind) => sum + kind.awake, 0)
}

export function alive(state: RuntimeState): number {
  return state.hosts.filter((host) => host.alive).length
}

/** How often a turn had to be taken up; its first beginning is not one. */
export function takenUp(turn: Pick<RuntimeTurn, 'attempts'>): string {
  const times = turn.attempts - 1
  if (times <= 0) return '–'
  return times === 1 ? 'once' : `${times} times`
}
