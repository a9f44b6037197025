/** How far a swarm and its items are, as people say it. */
import { brief, counted, troubleText } from '@/agents/words'
import type { IconName } from '@/parts/icons'
import { span } from '@/runtime/figures'
import type { Swarm, SwarmItem } from '@/wire'

import type { SwarmDeed } from './api'
import type { ItemStatus } from './board'

export const STATUS: Record<Swarm['status'], { text: string; icon: IconName; tone: string }> = {
  pending: { text: 'Waiting to start', icon: 'clock', tone: 'text-ink-faint' },
  running: { text: 'At work', icon: 'bolt', tone: 'text-accent' },
  paused: { text: 'Paused', icon: 'pause', tone: 'text-ink-soft' },
  reducing: { text: 'Making one of all results', icon: 'bolt', tone: 'text-accent' },
  completed: { text: 'Done', icon: 'check', tone: 'text-success' },
  failed: { text: 'Failed', icon: 'warning', tone: 'text-danger' },
  cancelled: { text: 'Cancelled', icon: 'stop', tone: 'text-ink-soft' },
}

export const ITEM_STATUS: Record<ItemStatus, string> = {
  pending: 'waiting',
  running: 'at work',
  completed: 'done',
  failed: 'failed',
  cancelled: 'cancelled',
}
export const ITEM_ORDER: readonly ItemStatus[] = ['completed', 'running', 'failed', 'cancelled', 'pending']

export const DEEDS: Record<SwarmDeed, { text: string; icon: IconName; done: string }> = {
  pause: { text: 'Pause', icon: 'pause', done: 'The swarm is paused: what is at work is finished' },
  resume: { text: 'Go on', icon: 'play', done: 'The swarm goes on' },
  cancel: { text: 'Cancel', icon: 'stop', done: 'The swarm is cancelled' },
}

export function isOver(status: Swarm['status']): boolean {
  return status === 'completed' || status === 'failed' || status === 'cancelled'
}

export function deedsOf({ status, paused }: Pick<Swarm, 'status' | 'paused'>): SwarmDeed[] {
  return isOver(status) ? [] : [paused || status === 'paused' ? 'resume' : 'pause', 'cancel']
}

/** "120 of 300 done, 4 failed". */
export function progressText({ total, completed, failed }: Pick<Swarm, 'total' | 'completed' | 'failed'>): string {
  return `${completed.toLocaleString('en')} of ${total.toLocaleString('en')} done${failed ? `, ${failed.toLocaleString('en')} failed` : ''}`
}

/** How many were finished a minute so far: what was, and no guess of what will be. Null before there is anything to tell. */
export function paceText({ completed, failed, started_at, completed_at }: Swarm, now: number): string | null {
  const over = completed + failed
  if (!started_at || over === 0) return null
  const minutes = ((completed_at ? Date.parse(completed_at) : now) - Date.parse(started_at)) / 60_000
  if (minutes <= 0) return null
  const pace = over / minutes
  const figure = (value: number) => value.toLocaleString('en', { maximumFractionDigits: value < 10 ? 1 : 0 })
  return pace >= 1 ? `${figure(pace)} a minute` : `${figure(pace * 60)} an hour`
}

export function elapsedText({ started_at, completed_at }: Pick<Swarm, 'started_at' | 'completed_at'>, now: number): string {
  return started_at ? span(((completed_at ? Date.parse(completed_at) : now) - Date.parse(started_at)) / 1000) : '–'
}

export function inputText(input: unknown, most = 160): string {
  if (input === null || input === undefined) return 'a long input'
  return brief(typeof input === 'string' ? input : JSON.stringify(input), most)
}

/** An item in one line; `place` counts from 0, people from 1. */
export function itemText(place: number, item: SwarmItem | undefined): string {
  if (!item) return `Item ${place + 1}, not read yet`
  const said = item.status === 'failed' ? `: ${troubleText(item.error)}` : ''
  return `Item ${place + 1}, ${ITEM_STATUS[item.status]}${said.replace(/\.$/, '')}. ${inputText(item.input)}`
}

/** Why items failed, the commonest first. */
export function reasonsOf(items: readonly SwarmItem[]): { reason: string; places: readonly number[]; text: string }[] {
  const groups = new Map<string, number[]>()
  for (const item of items) {
    const reason = item.error?.title ?? 'Nobody said why'
    groups.set(reason, [...(groups.get(reason) ?? []), item.n])
  }
  return [...groups]
    .map(([reason, places]) => ({ reason, places, text: counted(places.length, 'item') }))
    .sort((one, other) => other.places.length - one.places.length)
}
