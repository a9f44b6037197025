/** Turns the ledger's rows into what the usage screen draws: one entry a day, days without use included. */
import type { Usage, UsageRow } from '@/wire'

export interface Day {
  day: string
  tokens: number
  cost: number
  calls: number
}

export interface ModelSum {
  model: string
  calls: number
  input: number
  output: number
  cached: number
  cost: number
}

/** The dates of `count` days that end with `last`, as YYYY-MM-DD in UTC, like the ledger's. */
export function datesUntil(last: Date, count: number): string[] {
  return Array.from({ length: count }, (_, at) => {
    const day = new Date(Date.UTC(last.getUTCFullYear(), last.getUTCMonth(), last.getUTCDate() - count + 1 + at))
    return day.toISOString().slice(0, 10)
  })
}

export function tokensOf(row: Pick<UsageRow, 'tokens_input' | 'tokens_output' | 'tokens_cache_read' | 'tokens_cache_write'>): number {
  return row.tokens_input + row.tokens_output + row.tokens_cache_read + row.tokens_cache_write
}

export function byDay(usage: Usage, dates: string[]): Day[] {
  const days = new Map(dates.map((day) => [day, { day, tokens: 0, cost: 0, calls: 0 }]))
  for (const row of usage.rows) {
    const day = days.get(row.day)
    if (!day) continue
    day.tokens += tokensOf(row)
    day.cost += row.cost_usd
    day.calls += row.calls
  }
  return [...days.values()]
}

export function byModel(usage: Usage): ModelSum[] {
  const sums = new Map<string, ModelSum>()
  for (const row of usage.rows) {
    const sum = sums.get(row.model) ?? { model: row.model, calls: 0, input: 0, output: 0, cached: 0, cost: 0 }
    sum.calls += row.calls
    sum.input += row.tokens_input + row.tokens_cache_write
    sum.output += row.tokens_output
    sum.cached += row.tokens_cache_read
    sum.cost += row.cost_usd
    sums.set(row.model, sum)
  }
  return [...sums.values()].sort((one, other) => other.cost - one.cost || other.calls - one.calls)
}

/** The top of the scale: the next 1, 2 or 5 times a power of ten. */
export function niceTop(most: number): number {
  if (most <= 0) return 1
  const power = 10 ** Math.floor(Math.log10(most))
  return ([1, 2, 5, 10].find((step) => step * power >= most) ?? 10) * power
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
