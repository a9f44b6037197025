/** How news change a list of memories that is there already. */
import type { Knowledge, KnowledgeHit, VillageEvent } from '@/wire'

/** A revised one takes the place of its former version; a removed one goes. Others are news: null. */
export function withEvent(hits: readonly KnowledgeHit[], { event, data }: VillageEvent): KnowledgeHit[] | null {
  const knowledge = data.knowledge as Knowledge | undefined
  if (!knowledge) return null
  const same = (hit: KnowledgeHit) => hit.knowledge.root_id === knowledge.root_id
  if (event === 'knowledge_removed') return hits.filter((hit) => !same(hit))
  if (event !== 'knowledge_revised' || !hits.some(same)) return null
  return hits.map((hit) => (same(hit) ? { ...hit, knowledge: { ...hit.knowledge, ...knowledge } } : hit))
}

/** The next page behind what is there; what moved between pages stands once. */
export function appended(hits: readonly KnowledgeHit[], page: readonly KnowledgeHit[]): KnowledgeHit[] {
  const known = new Set(hits.map(({ knowledge }) => knowledge.id))
  return [...hits, ...page.filter(({ knowledge }) => !known.has(knowledge.id))]
}

/** Where an arrow leads in a list; null: it is no such key. */
export function stepTo(key: string, at: number, count: number): number | null {
  const places: Partial<Record<string, number>> = {
    ...{ ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + 8, PageUp: at - 8 },
    ...{ Home: 0, End: count - 1 },
  }
  const place = places[key]
  return place === undefined ? null : Math.max(0, Math.min(count - 1, place))
}
