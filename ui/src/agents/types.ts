/** Kinds of agents: what is sent of one, what a name may be. */
import type { AgentType, AgentTypeFacts } from '@/wire'

export function factsOf({ description, persona, model, tools, agent, budget }: AgentType): AgentTypeFacts {
  return { description, persona, model, tools, agent, budget }
}

/** What is wrong with a name; null when nothing is. */
export function nameError(name: string, taken: readonly string[]): string | null {
  const plain = name.trim()
  if (!plain) return 'It needs a name'
  if (plain.length > 50) return 'At most 50 letters'
  if (/[/?#\\]/.test(plain)) return 'Without / ? # and \\'
  return taken.includes(plain) ? 'There is one of this name' : null
}

/** A name for a copy that nobody has. */
export function copyName(name: string, taken: readonly string[]): string {
  const first = `my ${name}`.slice(0, 46)
  for (let count = 1; ; count += 1) {
    const wished = count === 1 ? first : `${first} ${count}`
    if (!taken.includes(wished)) return wished
  }
}
