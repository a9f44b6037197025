/** What is said of a memory in a few words. */
import type { Knowledge } from '@/wire'

const ORIGINS: Record<Knowledge['origin'], string> = {
  turn: 'Said in a conversation',
  import: 'Brought in',
  tool: 'Kept by a tool',
  person: 'Written by a person',
}

type Spoken = Pick<Knowledge, 'agent' | 'user_id'>

export function authorOf({ agent, user_id }: Spoken, me: string | undefined): string {
  return agent ?? (user_id === me ? 'You' : 'A person')
}

export function originOf({ origin, source }: Pick<Knowledge, 'origin' | 'source'>): string {
  return source && source !== origin ? `${ORIGINS[origin]} (${source})` : ORIGINS[origin]
}

/** The tags that somebody wrote with commas between. */
export function tagsOf(text: string): string[] {
  return [...new Set(text.split(',').map((tag) => tag.trim()).filter(Boolean))]
}

export function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}

/** The beginning of it, for titles and notes. */
export function opening(text: string, most = 60): string {
  const line = text.replace(/\s+/g, ' ').trim()
  return line.length > most ? `${line.slice(0, most - 1).trimEnd()}…` : line
}
