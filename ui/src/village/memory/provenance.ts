/** Where a memory comes from, line by line. */
import { exactText } from '@/files/moments'
import type { KnowledgeDetail } from '@/wire'

import { authorOf, originOf, percent } from './texts'

export interface Line {
  readonly name: string
  readonly text: string
}

export function provenance({ knowledge, vectors }: KnowledgeDetail, me: string | undefined): Line[] {
  const { last_accessed_at, access_count, valid_until } = knowledge
  const lines: (Line | null)[] = [
    { name: 'Said by', text: authorOf(knowledge, me) },
    { name: 'Realm', text: `${knowledge.realm_name} (${knowledge.realm_kind})` },
    { name: 'Came', text: originOf(knowledge) },
    { name: 'When', text: exactText(knowledge.created_at) },
    { name: 'Kind', text: `${knowledge.kind}, ${knowledge.category}` },
    listed('Tags', knowledge.tags),
    knowledge.thread ? { name: 'Thread', text: knowledge.thread } : null,
    listed('About', knowledge.related_agents),
    { name: 'Confidence', text: percent(knowledge.confidence) },
    { name: 'Trust', text: knowledge.trusted ? 'Trusted' : 'It may hold text by strangers' },
    { name: 'Read', text: last_accessed_at ? `${times(access_count)}, last ${exactText(last_accessed_at)}` : 'Never' },
    valid_until ? { name: 'Counts until', text: exactText(valid_until) } : null,
    { name: 'Vectors', text: vectors.map(({ model, dimensions }) => `${model}, ${dimensions} numbers`).join('; ') || 'Waits for its vector' },
  ]
  return lines.filter((line) => line !== null)
}

function listed(name: string, words: readonly string[]): Line | null {
  return words.length ? { name, text: words.join(', ') } : null
}

function times(count: number): string {
  return count === 1 ? 'Once' : `${count} times`
}
