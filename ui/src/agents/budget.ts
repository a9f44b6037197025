/** A budget as the parts of a bar, and in words. */
import { costText, tokensText } from '@/thread/prices'
import type { Budget } from '@/wire'

export type Unit = 'usd' | 'tokens'

export interface Part {
  readonly name: 'spent' | 'doubted' | 'asked' | 'held'
  readonly text: string
  readonly why: string
  readonly amount: number
  /** Of the limit, 0 to 1. */
  readonly share: number
}

const WORDS: Record<Part['name'], { text: string; why: string }> = {
  spent: { text: 'Spent', why: 'By its own calls, and by agents below that have ended' },
  doubted: { text: 'In doubt', why: 'The most that calls may have cost whose end nobody heard, because a process died' },
  asked: { text: 'Asked for', why: 'The most that the call of a model that is being made may cost' },
  held: { text: 'Set aside', why: 'For agents below that are at work; what they leave comes back' },
}
const ORDER: readonly Part['name'][] = ['spent', 'doubted', 'asked', 'held']

/** Those that there is anything of, first what is gone for good; `spent` always. */
export function partsOf(budget: Budget, unit: Unit): Part[] {
  const limit = budget[unit]
  return ORDER.map((name) => {
    const amount = budget[`${unit}_${name}`]
    return { name, ...WORDS[name], amount, share: limit > 0 ? Math.min(1, amount / limit) : 0 }
  }).filter(({ name, amount }) => name === 'spent' || amount > 0)
}

export function amountText(amount: number, unit: Unit): string {
  return unit === 'usd' ? costText(amount) : tokensText(amount)
}

export function left(budget: Budget, unit: Unit): number {
  const left = budget[unit] - ORDER.reduce((sum, name) => sum + budget[`${unit}_${name}`], 0)
  // Without what floats leave over: 0.5 - 0.4 is not 0.09999999999999998.
  return Math.max(0, Math.round(left * 1e8) / 1e8)
}

/** All of it, for who does not see the bar. */
export function budgetText(budget: Budget, unit: Unit): string {
  const parts = partsOf(budget, unit).map(({ amount, text }) => `${amountText(amount, unit)} ${text.toLowerCase()}`)
  return `${parts.join(', ')}, ${amountText(left(budget, unit), unit)} left of ${amountText(budget[unit], unit)}${unit === 'tokens' ? ' tokens' : ''}`
}

/** When its time is up, from now on. */
export function deadlineText(deadline: string, now: number): string {
  const minutes = Math.round((Date.parse(deadline) - now) / 60_000)
  if (minutes <= 0) return 'its time is up'
  if (minutes < 90) return `${minutes} min of time left`
  if (minutes < 48 * 60) return `${Math.round(minutes / 60)} h of time left`
  return `${Math.round(minutes / 1440)} days of time left`
}
