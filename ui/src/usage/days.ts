/** Days of the ledger, and how figures are written. */
import type { Usage, UsagePart } from '@/wire'

export interface Day {
  day: string
  tokens: number
  cost: number
  calls: number
  /** Of prompts: neither read from a cache nor written to one. */
  plain: number
  read: number
  written: number
}

type Tokens = Pick<UsagePart, 'tokens_input' | 'tokens_output' | 'tokens_cache_read' | 'tokens_cache_write'>

/** The dates of `count` days that end with `last`, as YYYY-MM-DD in UTC, like the ledger's. */
export function datesUntil(last: Date, count: number): string[] {
  return Array.from({ length: count }, (_, at) => {
    const day = new Date(Date.UTC(last.getUTCFullYear(), last.getUTCMonth(), last.getUTCDate() - count + 1 + at))
    return day.toISOString().slice(0, 10)
  })
}

export function tokensOf(row: Tokens): number {
  return row.tokens_input + row.tokens_output + row.tokens_cache_read + row.tokens_cache_write
}

/** One entry a day, days without use included. */
export function byDay(usage: Pick<Usage, 'rows'>, dates: string[]): Day[] {
  const days = new Map(dates.map((day) => [day, { day, tokens: 0, cost: 0, calls: 0, plain: 0, read: 0, written: 0 }]))
  for (const row of usage.rows) {
    const day = days.get(row.day)
    if (!day) continue
    day.tokens += tokensOf(row)
    day.cost += row.cost_usd
    day.calls += row.calls
    day.plain += row.tokens_input
    day.read += row.tokens_cache_read
    day.written += row.tokens_cache_write
  }
  return [...days.values()]
}

/** How much of the prompts came from the cache, 0 to 1; null when there were none. */
export function cachedShare({ plain, read, written }: Pick<Day, 'plain' | 'read' | 'written'>): number | null {
  const prompts = plain + read + written
  return prompts > 0 ? read / prompts : null
}

export function shareText(share: number | null): string {
  if (share === null) return '–'
  return share > 0 && share < 0.01 ? 'under 1%' : `${Math.floor(share * 100)}%`
}

export function shortNumber(value: number): string {
  return new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 }).format(value)
}

/** Money: cents for sums, more digits where a cent would round it all away. */
export function dollars(value: number): string {
  const digits = value !== 0 && Math.abs(value) < 0.01 ? 5 : 2
  return new Intl.NumberFormat('en', { style: 'currency', currency: 'USD', minimumFractionDigits: 2, maximumFractionDigits: digits }).format(value)
}

export function dayName(day: string): string {
  return new Date(`${day}T00:00:00Z`).toLocaleDateString('en', { day: 'numeric', month: 'short', timeZone: 'UTC' })
}
