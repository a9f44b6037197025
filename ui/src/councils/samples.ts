/** Whole councils, of which a test only says what matters to it. */
import type { Budget, Council, CouncilAnswer, CouncilListed, CouncilUpdate, Member, Outcome, Round, Tally } from '@/wire'

export const MOMENT = '2026-11-23T09:00:00Z'
export const BUDGET: Budget = {
  ...{ usd: 1, usd_spent: 0.1, usd_held: 0, usd_asked: 0, usd_doubted: 0, tokens: 1000, tokens_spent: 100, tokens_held: 0 },
  ...{ tokens_asked: 0, tokens_doubted: 0, calls_doubted: 0, agents: 100, agents_made: 4, depth: 1, fan_out: 12, children: 0 },
  deadline: MOMENT,
}

export function member(n: number, name: string, part: Partial<Member> = {}): Member {
  const plain = { agent: name.toUpperCase(), persona: '', model: 'scripted', joined_round: 1, left_round: null, cost_usd: 0.01 * n, tokens: 10 * n }
  return { n, name, ...plain, ...part }
}

export function answer(round: number, n: number, part: Partial<CouncilAnswer> = {}): CouncilAnswer {
  return {
    ...{ round, member: n, agent_id: `a${round}${n}`, status: 'answered', hidden: false, vote: 'Yes', position: null, reasoning: `because ${n}` },
    ...{ arguments: [], confidence: 0.8, reviews: [], error: null, cost_usd: 0.01, tokens: 10 },
    ...part,
  }
}

export const sealed = (round: number, n: number): CouncilAnswer =>
  answer(round, n, { hidden: true, vote: null, reasoning: null, confidence: null })

export const tally = (option: string, ...members: number[]): Tally => ({ option, votes: members.length, members })

export function closed(round: number, tallies: Tally[], part: Partial<Round> = {}): Round {
  const votes = tallies.map((one) => one.votes)
  const agreement = Math.max(...votes) / votes.reduce((sum, one) => sum + one, 0)
  return { round, open: false, agreement, tallies, changed: 0, cost_usd: 0.04, ...part }
}

export const openRound = (round: number): Round => ({ round, open: true, agreement: null, tallies: [], changed: 0, cost_usd: 0 })

export const MEMBERS = [member(1, 'Azoth'), member(2, 'Elysian'), member(3, 'Vajra'), member(4, 'Kether')]

/** In the middle of round two: Vajra still thinks. */
export function council(part: Partial<Council> = {}): Council {
  return {
    ...{ id: 'c1', question: 'Is gold heavy?', options: ['Yes', 'No'], status: 'running', reason: null, paused: false },
    ...{ round: 2, max_rounds: 3 },
    members: MEMBERS,
    rounds: [closed(1, [tally('Yes', 1, 2, 3), tally('No', 4)]), openRound(2)],
    answers: [
      ...[1, 2, 3].map((n) => answer(1, n)),
      answer(1, 4, { vote: 'No' }),
      sealed(2, 1),
      sealed(2, 2),
      answer(2, 3, { ...sealed(2, 3), status: 'running' }),
    ],
    ...{ remarks: [], outcome: null, error: null, cost_usd: 0.1, budget: BUDGET },
    ...{ created_at: MOMENT, started_at: MOMENT, completed_at: null },
    ...part,
  }
}

export function outcome(part: Partial<Outcome> = {}): Outcome {
  return {
    ...{ winner: 'Yes', consensus: true, votes: [tally('Yes', 1, 2, 3), tally('No', 4)], abstained: [] },
    ...{ baseline: 'No', baseline_votes: [tally('No', 3, 4), tally('Yes', 1)], baseline_cost_usd: 0.04, debate_cost_usd: 0.06 },
    minority: [{ member: 4, name: 'Kether', vote: 'No', position: 'It floats', reasoning: 'On mercury' }],
    ...part,
  }
}

export function listed(id: string, part: Partial<CouncilListed> = {}): CouncilListed {
  const plain = { question: `Question ${id}`, status: 'completed' as const, reason: 'consensus' as const, winner: 'Yes' }
  return { id, ...plain, ...{ round: 2, max_rounds: 3, cost_usd: 0.1, created_at: MOMENT }, ...part }
}

export function update(event: CouncilUpdate['event'], part: Partial<CouncilUpdate> = {}): CouncilUpdate {
  return { type: 'council_update', seq: '1-0', council_id: 'c1', event, status: 'running', round: 2, member: null, ...part }
}
