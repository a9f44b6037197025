/** Use, divided by model, by agent or by kind of work: sums for the table, series for the chart. */
import { tokensOf } from './days'
import type { Usage, UsagePart } from '@/wire'

export type Cut = 'model' | 'agent' | 'work'
export type Measure = 'tokens' | 'cost'

export interface Sum {
  /** As the ledger calls it; null is the assistant. */
  readonly key: string | null
  calls: number
  input: number
  output: number
  cached: number
  tokens: number
  cost: number
}

export interface Series {
  readonly name: string
  /** One value a date. */
  readonly values: readonly number[]
}

const WORK: Partial<Record<string, string>> = {
  chat: 'Conversations',
  title: 'Titles',
  summary: 'Summaries',
  agents: 'Agents',
  swarms: 'Swarms',
  councils: 'Councils',
}
/** More would not be told apart. */
const MOST_SERIES = 6
export const OTHERS = 'Others'

export function workName(key: string | null): string {
  return WORK[key ?? ''] ?? key ?? 'Unknown'
}

export function partsOf(usage: Usage, cut: Cut): UsagePart[] {
  if (cut === 'agent') return usage.agents
  if (cut === 'work') return usage.work
  return usage.rows.map((row) => ({ ...row, name: row.model }))
}

/** The dearest first. */
export function sumsOf(parts: readonly UsagePart[]): Sum[] {
  const sums = new Map<string | null, Sum>()
  for (const part of parts) {
    const sum = sums.get(part.name) ?? { key: part.name, calls: 0, input: 0, output: 0, cached: 0, tokens: 0, cost: 0 }
    sum.calls += part.calls
    sum.input += part.tokens_input + part.tokens_cache_write + part.tokens_cache_read
    sum.output += part.tokens_output
    sum.cached += part.tokens_cache_read
    sum.tokens += tokensOf(part)
    sum.cost += part.cost_usd
    sums.set(part.name, sum)
  }
  return [...sums.values()].sort((one, other) => other.cost - one.cost || other.tokens - one.tokens)
}

/** The greatest of them one by one, the rest together. */
export function seriesOf(
  parts: readonly UsagePart[],
  dates: readonly string[],
  measure: Measure,
  nameOf: (key: string | null) => string,
): Series[] {
  const places = new Map(dates.map((day, at) => [day, at]))
  const ranked = [...sumsOf(parts)].sort((one, other) => other[measure] - one[measure])
  const alone = ranked.length > MOST_SERIES ? ranked.slice(0, MOST_SERIES - 1) : ranked
  const names = new Map(alone.map(({ key }) => [key, nameOf(key)]))
  const values = new Map<string, number[]>()
  for (const name of [...new Set(names.values())]) values.set(name, dates.map(() => 0))
  if (alone.length < ranked.length) values.set(OTHERS, dates.map(() => 0))
  for (const part of parts) {
    const at = places.get(part.day)
    const line = values.get(names.get(part.name) ?? OTHERS)
    if (at === undefined || !line) continue
    line[at] = (line[at] ?? 0) + (measure === 'cost' ? part.cost_usd : tokensOf(part))
  }
  return [...values].map(([name, line]) => ({ name, values: line }))
}
