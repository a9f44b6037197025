/** What may be used up, as the fields of a form. An empty field is the default. */
import { costText, tokensText } from '@/thread/prices'
import type { Allowance } from '@/wire'

import { counted } from './words'

export type Limit = 'usd' | 'minutes' | 'tokens' | 'agents' | 'depth' | 'fan_out'
export type Limits = Record<Limit, string>

/** An allowance, or what is kept of one. */
export type Bounds = Readonly<Record<string, number | null | undefined>>

export interface LimitFacts {
  readonly name: Limit
  readonly label: string
  readonly hint: string
  readonly least: number
  readonly most: number
  readonly whole: boolean
}

export const LIMITS: readonly LimitFacts[] = [
  { name: 'usd', label: 'Money, in dollars', hint: 'For its own calls of models and those of all agents below.', least: 0, most: 100_000, whole: false },
  { name: 'minutes', label: 'Time, in minutes', hint: 'From the moment it is made.', least: 0.1, most: 43_200, whole: false },
  { name: 'tokens', label: 'Tokens', hint: 'Read and written, below it too.', least: 1, most: 100_000_000_000, whole: true },
  { name: 'agents', label: 'Agents below', hint: 'That may be made in all; 0: it works alone.', least: 0, most: 100_000, whole: true },
  { name: 'depth', label: 'Levels below', hint: 'Agents of its agents, and so on.', least: 0, most: 8, whole: true },
  { name: 'fan_out', label: 'Agents at once', hint: 'Of its own, at work together.', least: 0, most: 10_000, whole: true },
]

export function noLimits(): Limits {
  return { usd: '', minutes: '', tokens: '', agents: '', depth: '', fan_out: '' }
}

/** What is wrong with a field, in a few words; null when nothing is. */
export function limitError({ name, least, most, whole }: LimitFacts, text: string): string | null {
  if (!text.trim()) return null
  const value = numberOf(text)
  if (Number.isNaN(value)) return 'This is not a number'
  if (whole && !Number.isInteger(value)) return 'A whole number, please'
  if (value < least || (name === 'usd' && value === 0)) return name === 'usd' ? 'More than nothing' : `At least ${least}`
  return value > most ? `At most ${most.toLocaleString('en')}` : null
}

export const areFine = (limits: Limits): boolean => LIMITS.every((facts) => limitError(facts, limits[facts.name]) === null)

export function allowanceOf(limits: Limits): Allowance {
  const allowance: Allowance = {}
  for (const { name } of LIMITS) {
    if (!limits[name].trim()) continue
    if (name === 'minutes') allowance.seconds = Math.round(numberOf(limits.minutes) * 60)
    else allowance[name] = numberOf(limits[name])
  }
  return allowance
}

export function limitsOf(allowance: Bounds): Limits {
  const limits = noLimits()
  for (const { name } of LIMITS) {
    const value = name === 'minutes' ? allowance.seconds && allowance.seconds / 60 : allowance[name]
    if (value !== null && value !== undefined) limits[name] = String(value)
  }
  return limits
}

/** "at most $2, 30 min, 4 agents below"; empty when nothing is said. */
export function limitsText(bounds: Bounds): string {
  const said = SAID.flatMap(([name, text]) => {
    const value = bounds[name]
    const moot = bounds.agents === 0 && (name === 'depth' || name === 'fan_out')
    return value === null || value === undefined || moot ? [] : [text(value)]
  })
  return said.length ? `at most ${said.join(', ')}` : ''
}

const SAID: readonly (readonly [name: string, text: (value: number) => string])[] = [
  ['usd', costText],
  ['seconds', minutesText],
  ['tokens', (value) => `${tokensText(value)} tokens`],
  ['agents', (value) => (value === 0 ? 'no agents below' : `${counted(value, 'agent')} below`)],
  ['depth', (value) => `${counted(value, 'level')} deep`],
  ['fan_out', (value) => `${value.toLocaleString('en')} at once`],
]

function minutesText(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1).replace(/\.0$/, '')} h`
}

function numberOf(text: string): number {
  const plain = text.trim().replace(/[\s_']/g, '')
  return Number(/^\d{1,3}(,\d{3})+(\.\d+)?$/.test(plain) ? plain.replaceAll(',', '') : plain.replace(',', '.'))
}
