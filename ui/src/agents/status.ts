/** How far an agent is: the word, the sign and the colour for it, and what can be done about it. */
import type { IconName } from '@/parts/icons'
import type { Agent } from '@/wire'

import type { Deed } from './api'

export type Status = Agent['status']
/** What a person wants to know at a glance; `paused` and `asks` are kinds of waiting. */
export type Mood = Status | 'paused' | 'asks'

export interface Look {
  readonly text: string
  /** Tells it apart without colour. */
  readonly icon: IconName
  readonly tone: string
}

export const LOOKS: Record<Mood, Look> = {
  pending: { text: 'Waiting to start', icon: 'clock', tone: 'text-ink-faint' },
  running: { text: 'At work', icon: 'bolt', tone: 'text-accent' },
  waiting: { text: 'Waits for its agents', icon: 'agents', tone: 'text-accent' },
  asks: { text: 'Waits for your word', icon: 'question', tone: 'text-danger' },
  paused: { text: 'Paused', icon: 'pause', tone: 'text-ink-soft' },
  completed: { text: 'Done', icon: 'check', tone: 'text-success' },
  failed: { text: 'Failed', icon: 'warning', tone: 'text-danger' },
  cancelled: { text: 'Cancelled', icon: 'stop', tone: 'text-ink-soft' },
}

type Told = Pick<Agent, 'status' | 'waits_for' | 'paused'>

export function moodOf({ status, waits_for, paused }: Told): Mood {
  if (isOver(status)) return status
  if (paused || waits_for === 'pause') return 'paused'
  return status === 'waiting' && waits_for === 'person' ? 'asks' : status
}

export const lookOf = (agent: Told): Look => LOOKS[moodOf(agent)]

export function isOver(status: Status): boolean {
  return status === 'completed' || status === 'failed' || status === 'cancelled'
}

export const DEEDS: Record<Deed, { text: string; icon: IconName; done: string }> = {
  pause: { text: 'Pause', icon: 'pause', done: 'is paused' },
  resume: { text: 'Go on', icon: 'play', done: 'goes on' },
  cancel: { text: 'Cancel', icon: 'stop', done: 'is cancelled' },
  retry: { text: 'Try again', icon: 'refresh', done: 'is tried again' },
}

/** In the order in which they stand beside each other. Whether one below is tried again is for who made it to say. */
export function deedsOf(agent: Told & Pick<Agent, 'id' | 'root_id'>): Deed[] {
  if (agent.status === 'completed') return []
  if (isOver(agent.status)) return agent.root_id === agent.id ? ['retry'] : []
  return [agent.paused || agent.waits_for === 'pause' ? 'resume' : 'pause', 'cancel']
}

/** The statuses that a list may be narrowed to. */
export const FILTERS: { value: string; text: string }[] = [
  { value: '', text: 'All' },
  { value: 'pending', text: 'Waiting to start' },
  { value: 'running', text: 'At work' },
  { value: 'waiting', text: 'Waiting' },
  { value: 'completed', text: 'Done' },
  { value: 'failed', text: 'Failed' },
  { value: 'cancelled', text: 'Cancelled' },
]
