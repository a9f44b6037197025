/** How a council stands: what each cell of its table shows, what it came to, and what it cost. */
import type { Council, CouncilAnswer, CouncilUpdate, Member, Outcome, Round, Tally, TurnError } from '@/wire'
import { nameOf, sits } from './seats'

export type Status = Council['status']

export const LIVE: ReadonlySet<Status> = new Set<Status>(['pending', 'running', 'paused'])
export const isLive = ({ status }: Pick<Council, 'status'>): boolean => LIVE.has(status)
export const isResting = ({ status, paused }: Pick<Council, 'status' | 'paused'>): boolean => LIVE.has(status) && (paused || status === 'paused')

const STATUS: Record<Status, { text: string; tone: string }> = {
  pending: { text: 'Waits', tone: 'bg-raised text-ink-soft' },
  running: { text: 'Deliberates', tone: 'bg-gold-soft text-accent' },
  paused: { text: 'Paused', tone: 'bg-raised text-ink-soft' },
  completed: { text: 'Completed', tone: 'bg-success-soft text-success' },
  failed: { text: 'Failed', tone: 'bg-danger-soft text-danger' },
  cancelled: { text: 'Stopped', tone: 'bg-raised text-ink-soft' },
}

export const statusOf = (council: Pick<Council, 'status' | 'paused'>) => STATUS[isResting(council) ? 'paused' : council.status]

const REASONS: Record<NonNullable<Council['reason']>, string> = {
  consensus: 'They came to a consensus.',
  stability: 'Nobody changed their mind any more.',
  max_rounds: 'All rounds were held.',
  budget: 'The budget was spent.',
  stopped: 'It was stopped.',
  broken: 'It could not go on.',
}

export const reasonText = (reason: Council['reason']): string => (reason === null ? '' : REASONS[reason])

/** What a cell shows. `sealed`: the answer is there, and hidden until all have answered. */
export type Cell = 'away' | 'awaited' | 'thinking' | 'sealed' | 'open' | 'abstained' | 'failed'

export function cellOf(answer: CouncilAnswer | undefined, member: Member, round: Round): Cell {
  if (!answer) return sits(member, round.round) && round.open ? 'awaited' : 'away'
  if (answer.status === 'running') return 'thinking'
  if (answer.hidden) return 'sealed'
  if (answer.status === 'abstained' || answer.status === 'failed') return answer.status
  return 'open'
}

const CELLS: Record<Cell, string> = {
  away: 'Not there',
  awaited: 'Not yet asked',
  thinking: 'Thinks',
  sealed: 'Has committed',
  open: '',
  abstained: 'Abstains',
  failed: 'Failed',
}

export function cellText(cell: Cell, answer?: CouncilAnswer): string {
  return CELLS[cell] || (answer?.vote ?? answer?.position ?? 'No vote')
}

export function answerOf(council: Pick<Council, 'answers'>, round: number, member: number): CouncilAnswer | undefined {
  return council.answers.find((answer) => answer.round === round && answer.member === member)
}

/** How many of those who sit there have committed in a round. */
export function committed(council: Council, round: number): { done: number; all: number } {
  const all = council.members.filter((member) => sits(member, round))
  const done = all.filter(({ n }) => !['running', undefined].includes(answerOf(council, round, n)?.status))
  return { done: done.length, all: all.length }
}

/** A short sign for each option: A, B, C … Positions in people's own words have none. */
export function signOf(options: readonly string[], option: string | null): string | null {
  const at = option === null ? -1 : options.indexOf(option)
  return at < 0 || at > 25 ? null : String.fromCharCode(65 + at)
}

export function ranked(tallies: readonly Tally[]): Tally[] {
  return [...tallies].sort((one, other) => other.votes - one.votes)
}

export function talliesText(tallies: readonly Tally[]): string {
  const cast = ranked(tallies).filter(({ votes }) => votes > 0)
  return cast.length ? cast.map(({ option, votes }) => `${option} ${votes}`).join(', ') : 'nobody voted'
}

/** What the answers say that were given before any debate, and what they cost: as soon as they are open. */
export interface Baseline {
  readonly winner: string | null
  readonly votes: readonly Tally[]
  readonly cost: number
  /** The council is over: nothing of it changes any more. */
  readonly settled: boolean
}

export function baselineOf({ outcome, rounds }: Pick<Council, 'outcome' | 'rounds'>): Baseline | null {
  if (outcome) return { winner: outcome.baseline, votes: outcome.baseline_votes, cost: outcome.baseline_cost_usd, settled: true }
  const first = rounds.find(({ round }) => round === 1)
  if (!first || first.open) return null
  const [most, next] = ranked(first.tallies)
  const clear = most && most.votes > 0 && most.votes !== next?.votes
  return { winner: clear ? most.option : null, votes: first.tallies, cost: first.cost_usd, settled: false }
}

/** What was paid for debating, beyond the first answers. */
export function debateCost({ outcome, rounds }: Pick<Council, 'outcome' | 'rounds'>): number {
  return outcome?.debate_cost_usd ?? rounds.filter(({ round }) => round > 1).reduce((sum, { cost_usd }) => sum + cost_usd, 0)
}

export function effectText({ winner, baseline }: Pick<Outcome, 'winner' | 'baseline'>, rounds: number): string {
  if (rounds < 2) return 'There was no debate.'
  if (winner === baseline) return winner === null ? 'The debate settled nothing either.' : 'The debate came to the same answer.'
  return baseline === null ? 'The debate found an answer where the first votes had none.' : 'The debate changed the answer.'
}

type News = Pick<CouncilUpdate, 'event' | 'round' | 'member'>

const SPOKEN: Partial<Record<CouncilUpdate['event'], (news: News, council: Council | null) => string>> = {
  round_began: ({ round }) => `Round ${round} begins`,
  answer_committed: ({ member }, council) => `${council && member !== null ? nameOf(council, member) : 'A member'} has committed`,
  round_closed: ({ round }, council) => {
    const closed = council?.rounds.find((one) => one.round === round)
    return closed && !closed.open ? `Round ${round}: ${talliesText(closed.tallies)}` : `Round ${round} is open to see`
  },
  remark_heard: () => 'Your remark was heard',
  paused: () => 'Paused',
  resumed: () => 'It goes on',
  ended: (_, council) => (council?.outcome?.winner ? `The council ended: ${council.outcome.winner}` : 'The council ended'),
}

/** What is said aloud of an update; null where nothing is worth interrupting for. */
export function spoken(news: News, council: Council | null): string | null {
  return SPOKEN[news.event]?.(news, council) ?? null
}

export function faultText({ title, detail }: TurnError): string {
  return detail && detail !== title ? `${title}: ${detail}` : title
}
