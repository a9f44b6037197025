/** What went wrong and how long it took, as people say it. */
import { span } from '@/runtime/figures'
import type { Agent, TurnError } from '@/wire'

/** What one can do about it, where the error's own words do not say. */
const ADVICE: Partial<Record<string, string>> = {
  busy: 'The provider has too much to do. Try again in a while.',
  unreachable: 'The provider of the model cannot be reached. Try again in a while.',
  too_long: 'Ask for less at once, or give it a model that reads more.',
  too_many_steps: 'The task may be too large for one agent: divide it, or let it make agents of its own.',
  too_many_tokens: 'Give it more tokens, or a smaller task.',
  too_much_work: 'Give it a larger budget, or a smaller task.',
  budget_spent: 'Give it a larger budget, or a smaller task.',
  no_progress: 'It went round in a circle. Say more precisely what you want.',
  recovery_exhausted: 'It was interrupted too often. Try again.',
  crashed: 'Try again. If it happens again, it is worth a look at the log.',
}

export interface Trouble {
  readonly title: string
  readonly detail: string | null
  readonly advice: string | null
}

export function troubleOf(error: TurnError | null): Trouble {
  if (!error) return { title: 'It failed, and nobody said why', detail: null, advice: null }
  const detail = error.detail && error.detail !== error.title ? error.detail : null
  return { title: error.title, detail, advice: ADVICE[error.code] ?? (error.retryable ? 'Trying again may help.' : null) }
}

/** In one line. */
export function troubleText(error: TurnError | null): string {
  const { title, detail } = troubleOf(error)
  return detail ? `${title.replace(/[.!]$/, '')}: ${detail}` : title
}

/** For how long it has been at work, or was. */
export function timeText({ started_at, completed_at }: Pick<Agent, 'started_at' | 'completed_at'>, now: number): string {
  if (!started_at) return '–'
  return span(((completed_at ? Date.parse(completed_at) : now) - Date.parse(started_at)) / 1000)
}

/** The first words of a task, for where there is little room. */
export function brief(text: string, most = 140): string {
  const line = text.trim().replace(/\s+/g, ' ')
  return line.length > most ? `${line.slice(0, most - 1).trimEnd()}…` : line
}

export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`
}

/** A result that is JSON, as it is when a schema was asked for. */
export function jsonOf(result: string): unknown {
  if (!/^\s*[{[]/.test(result)) return undefined
  try {
    return JSON.parse(result) as unknown
  } catch {
    return undefined
  }
}
