/** Lays conversations out as the rows of the list: favourites first, then by the day of their last message. */
import type { Conversation, Match } from '@/wire'

/** A conversation as the list shows it; with what a search found in it. */
export type Listed = Conversation & { match?: Match | null }

export type Row =
  | { kind: 'heading'; key: string; text: string }
  | { kind: 'conversation'; key: string; conversation: Listed }

const DAY = 86_400_000

export function newestFirst(one: Conversation, other: Conversation): number {
  return other.updated_at.localeCompare(one.updated_at) || other.id.localeCompare(one.id)
}

/** The heading under which a moment stands, seen from `now`, in the person's own time zone. */
export function headingFor(moment: Date, now: Date): string {
  const days = Math.round((startOfDay(now) - startOfDay(moment)) / DAY)
  if (days <= 0) return 'Today'
  if (days === 1) return 'Yesterday'
  if (days <= 7) return 'Previous 7 days'
  if (days <= 30) return 'Previous 30 days'
  const sameYear = moment.getFullYear() === now.getFullYear()
  return moment.toLocaleDateString('en', sameYear ? { month: 'long' } : { month: 'long', year: 'numeric' })
}

export function groupByDate(conversations: Listed[], now: Date): Row[] {
  const sorted = [...conversations].sort(newestFirst)
  const favourites = sorted.filter((conversation) => conversation.favorite)
  const rows: Row[] = []
  let heading = ''
  const add = (text: string, conversation: Listed) => {
    if (text !== heading) rows.push({ kind: 'heading', key: `heading ${text}`, text })
    heading = text
    rows.push({ kind: 'conversation', key: conversation.id, conversation })
  }
  favourites.forEach((conversation) => add('Favourites', conversation))
  sorted.filter((conversation) => !conversation.favorite).forEach((it) => add(headingFor(new Date(it.updated_at), now), it))
  return rows
}

/** Search results stand in the order of the server's ranking. */
export function plainRows(conversations: Listed[]): Row[] {
  return conversations.map((conversation) => ({ kind: 'conversation', key: conversation.id, conversation }))
}

/** The nearest conversation row from `index` in direction `step`, or `index` itself when there is none. */
export function neighbour(rows: Row[], index: number, step: 1 | -1): number {
  for (let at = index + step; at >= 0 && at < rows.length; at += step) if (rows[at]?.kind === 'conversation') return at
  return index
}

function startOfDay(moment: Date): number {
  return new Date(moment.getFullYear(), moment.getMonth(), moment.getDate()).getTime()
}
