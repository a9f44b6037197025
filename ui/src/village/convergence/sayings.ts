/** What a convergence means, in words for people. */
import type { Convergence, ConvergenceStatement } from '@/wire'

/** Whether they came to it by themselves, and why we think so. */
export function independenceOf({ independent, statements }: Pick<Convergence, 'independent' | 'statements'>): string {
  if (independent) return 'Independent: none of them had read what the others said before saying it.'
  const echoes = statements.filter(({ echo_of }) => echo_of).length
  const who = echoes === statements.length - 1 ? 'the others' : `${echoes} of ${statements.length}`
  return `Echo: ${who} had read another's statement before saying the same.`
}

/** Whose statement it echoes: by number, as they stand in the list. */
export function echoOf(statement: ConvergenceStatement, statements: readonly ConvergenceStatement[]): string | null {
  if (!statement.echo_of) return null
  const at = statements.findIndex(({ knowledge_id }) => knowledge_id === statement.echo_of)
  return at < 0 ? 'had read it elsewhere before' : `had read ${at + 1} before`
}

export function meaningOf({ kind, agents }: Pick<Convergence, 'kind' | 'agents'>): string {
  return kind === 'HARMONY' ? 'Two say the same' : `${agents.length} say the same`
}

export const STATUS: Record<Convergence['status'], string> = { open: 'Open', confirmed: 'Confirmed', dismissed: 'Dismissed' }

/** What changed takes the place of what was, or stands first. */
export function upserted(all: readonly Convergence[], one: Convergence): Convergence[] {
  const known = all.some(({ id }) => id === one.id)
  return known ? all.map((other) => (other.id === one.id ? one : other)) : [one, ...all]
}
