/** A council that is being thought up, and what is asked of the server for it. */
import type { AgentProfile, CreateCouncil, NewMember } from '@/wire'

import { FOUNDERS } from './seats'

export interface DraftMember {
  /** For the page only. */
  readonly key: number
  /** Of the village; null: somebody made up. */
  readonly agent: string | null
  name: string
  persona: string
  /** Empty: the council's. */
  model: string
}

export interface Draft {
  question: string
  options: string[]
  seating: 'named' | 'counted'
  members: DraftMember[]
  count: string
  rounds: string
  model: string
  tools: string
  dollars: string
  minutes: string
  start: boolean
}

export const MOST_MEMBERS = 12
let keys = 0

export const named = (agent: Pick<AgentProfile, 'agent' | 'display_name'>): DraftMember => ({
  ...{ key: ++keys, agent: agent.agent, name: agent.display_name, persona: '', model: '' },
})
export const stranger = (): DraftMember => ({ key: ++keys, agent: null, name: '', persona: '', model: '' })

/** The four founders at the table, three rounds, and what the instance gives as a budget. */
export function newDraft(): Draft {
  const members = Object.keys(FOUNDERS).map((agent) => named({ agent, display_name: agent.slice(0, 1) + agent.slice(1).toLowerCase() }))
  return {
    ...{ question: '', options: ['', ''], seating: 'named', members, count: '5', rounds: '3', model: '', tools: '' },
    ...{ dollars: '', minutes: '', start: true },
  }
}

export type Problems = Partial<Record<'question' | 'options' | 'members' | 'count' | 'rounds' | 'dollars' | 'minutes', string>>

/** What keeps it from being convened, by field. */
export function problemsOf(draft: Draft): Problems {
  const problems: Problems = {}
  const options = optionsOf(draft)
  if (!draft.question.trim()) problems.question = 'Say what they shall deliberate on.'
  if (options.length === 1) problems.options = 'One option is no choice: add another, or none.'
  else if (new Set(options).size < options.length) problems.options = 'Two options are the same.'
  if (draft.seating === 'named') {
    if (draft.members.length === 0) problems.members = 'Somebody has to sit there.'
    else if (draft.members.some(({ name }) => !name.trim())) problems.members = 'Everybody needs a name.'
  } else if (!whole(draft.count, 1, MOST_MEMBERS)) problems.count = `Between 1 and ${MOST_MEMBERS}.`
  if (!whole(draft.rounds, 1, 20)) problems.rounds = 'Between 1 and 20.'
  if (!amount(draft.dollars)) problems.dollars = 'More than nothing, or left empty.'
  if (!amount(draft.minutes)) problems.minutes = 'More than nothing, or left empty.'
  return problems
}

export function requestOf(draft: Draft): CreateCouncil {
  return {
    question: draft.question.trim(),
    options: optionsOf(draft),
    ...(draft.seating === 'named' ? { members: draft.members.map(memberOf) } : { num_agents: Number(draft.count) }),
    max_rounds: Number(draft.rounds),
    model: draft.model || null,
    tools: draft.tools || null,
    budget: {
      ...(draft.dollars.trim() && { usd: Number(draft.dollars) }),
      ...(draft.minutes.trim() && { seconds: Number(draft.minutes) * 60 }),
    },
    start: draft.start,
  }
}

export function memberOf({ agent, name, persona, model }: Omit<DraftMember, 'key'>): NewMember {
  return {
    ...(agent === null ? { name: name.trim() } : { agent }),
    ...(persona.trim() && { persona: persona.trim() }),
    ...(model && { model }),
  }
}

const optionsOf = ({ options }: Draft) => options.map((option) => option.trim()).filter(Boolean)
const whole = (text: string, least: number, most: number) => /^\d+$/.test(text.trim()) && Number(text) >= least && Number(text) <= most
const amount = (text: string) => !text.trim() || Number(text) > 0
