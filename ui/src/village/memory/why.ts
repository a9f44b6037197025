/** Why a search found something, in bars and in words. */
import type { WhyFound } from '@/wire'

export interface Reason {
  readonly name: 'Meaning' | 'Words' | 'Age and use'
  /** Of the bar: 0 to 1. */
  readonly share: number
  readonly short: string
  readonly long: string
}

/** How far down a list a place still draws a bar that can be seen. */
const DEEP = 50

export function reasonsFor(why: WhyFound): Reason[] {
  const reasons = [meaning(why), words(why)]
  return why.decay === 1 ? reasons : [...reasons, age(why.decay)]
}

function meaning({ vector_rank, vector_score }: WhyFound): Reason {
  const name = 'Meaning'
  if (vector_rank === null) return { name, share: 0, short: 'not near', long: 'Its meaning is not among the nearest.' }
  const score = vector_score ?? 0
  const short = `${ordinal(vector_rank)}, ${score.toFixed(2)}`
  return { name, share: within(score), short, long: `${ordinal(vector_rank)} by meaning, with a similarity of ${score.toFixed(2)}.` }
}

/** The scores of words have no upper end: the bar shows the place. */
function words({ text_rank, text_score }: WhyFound): Reason {
  const name = 'Words'
  if (text_rank === null) return { name, share: 0, short: 'none', long: 'It does not have the words.' }
  const scored = text_score === null ? '' : `, with a score of ${text_score.toFixed(2)}`
  const share = 1 - Math.log(Math.min(text_rank, DEEP)) / Math.log(DEEP + 1)
  return { name, share, short: ordinal(text_rank), long: `${ordinal(text_rank)} by words${scored}.` }
}

function age(decay: number): Reason {
  const short = `× ${decay.toFixed(2)}`
  return { name: 'Age and use', share: within(decay), short, long: `Multiplied with ${decay.toFixed(2)} for its age and use.` }
}

function within(share: number): number {
  return Math.min(1, Math.max(0, share))
}

export function ordinal(place: number): string {
  const tens = place % 100
  const ending = tens >= 11 && tens <= 13 ? 'th' : (['th', 'st', 'nd', 'rd'][place % 10] ?? 'th')
  return `${place}${ending}`
}
