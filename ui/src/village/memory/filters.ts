/** What a list of memories is narrowed by, and how it is asked for. */
import type { Query } from '../api'

export interface Filters {
  agent: string
  category: string
  thread_id: string
  tag: string
  since: string
  until: string
  /** Percent. */
  confidence: number
  trusted: '' | 'true' | 'false'
  removed: boolean
  decay: boolean
}

export function noFilters(): Filters {
  return { agent: '', category: '', thread_id: '', tag: '', since: '', until: '', confidence: 0, trusted: '', removed: false, decay: true }
}

/** How many of them narrow the list. */
export function countFilters(filters: Filters): number {
  const { removed, decay: _decay, ...narrowing } = filters
  return Object.values(narrowing).filter(Boolean).length + Number(removed)
}

/** Days are the person's own: from the first one's beginning to the last one's end. */
export function queryOf(filters: Filters, words: string, realm: string | null): Query {
  const { agent, category, thread_id, tag, since, until, confidence, trusted, removed, decay } = filters
  return {
    q: words.trim(),
    realm_id: realm,
    agent: agent.trim(),
    category: category.trim(),
    thread_id,
    tag: tag.trim(),
    since: momentOf(since, '00:00:00'),
    until: momentOf(until, '23:59:59'),
    min_confidence: confidence ? confidence / 100 : null,
    trusted,
    removed: removed || null,
    decay: words.trim() ? decay : null,
  }
}

function momentOf(day: string, clock: string): string | null {
  const moment = new Date(`${day}T${clock}`)
  return day && !Number.isNaN(moment.getTime()) ? moment.toISOString() : null
}
