/** Whole wire objects of the village, of which a test only says what matters to it. */
import type {
  Convergence,
  ConvergenceStatement,
  Knowledge,
  KnowledgeHit,
  ListedKnowledge,
  Realm,
  RealmMember,
  StaleKnowledge,
  Thread,
  VillageEvent,
} from '@/wire'

export const MOMENT = '2026-11-23T09:00:00Z'
export const ME = '00000000-0000-0000-0000-0000000000aa'

export function realm(id: string, part: Partial<Realm> = {}): Realm {
  return {
    ...{ id, kind: 'village', name: id, description: '', agent: null, role: 'keeper', owner_id: ME, mine: true, home: false },
    ...{ members: 1, knowledge: 0, embedding_model: null, threshold: 0.8, created_at: MOMENT },
    ...part,
  }
}

export function knowledge(id: string, part: Partial<Knowledge> = {}): Knowledge {
  return {
    ...{ id, realm_id: 'home', user_id: ME, agent: 'AZOTH', content: `says ${id}`, category: 'general', kind: 'fact', confidence: 1 },
    ...{ tags: [], thread_id: null, thread: null, related_agents: [], origin: 'tool', source: 'tool', conversation_id: null, turn_id: null },
    ...{ responding_to: [], derived_from: [], related: [], trusted: true, external_id: null, details: {}, root_id: id, version: 1 },
    ...{ superseded_by: null, valid_from: MOMENT, valid_until: null, created_at: MOMENT, removed_at: null },
    ...{ access_count: 0, last_accessed_at: null },
    ...part,
  }
}

export function listed(id: string, part: Partial<ListedKnowledge> = {}): ListedKnowledge {
  return { ...knowledge(id), realm_name: 'Home', realm_kind: 'village', ...part }
}

export function hit(id: string, part: Partial<ListedKnowledge> = {}, found: Partial<KnowledgeHit> = {}): KnowledgeHit {
  return { knowledge: listed(id, part), score: null, why: null, ...found }
}

export function happened(event: VillageEvent['event'], data: Record<string, unknown> = {}, realm_id = 'home'): VillageEvent {
  return { type: 'village_event', seq: '1-0', event, realm_id, data }
}

export function thread(id: string, position: number, part: Partial<Thread> = {}): Thread {
  return {
    ...{ id, realm_id: 'home', name: id, title: id, user_id: ME, agent: null, position, created_at: MOMENT, archived_at: null },
    ...{ participants: [], people: [], count: 0, last_at: null },
    ...part,
  }
}

export function statement(knowledge_id: string, part: Partial<ConvergenceStatement> = {}): ConvergenceStatement {
  const plain = { user_id: ME, agent: 'AZOTH', content: `says ${knowledge_id}`, thread: null, created_at: MOMENT, similarity: 0.9, echo_of: null }
  return { knowledge_id, ...plain, ...part }
}

export function convergence(id: string, part: Partial<Convergence> = {}): Convergence {
  return {
    ...{ id, realm_id: 'home', realm_name: 'Home', kind: 'HARMONY', status: 'open', independent: true, similarity: 0.87 },
    ...{ agents: ['AZOTH', 'VAJRA'], statements: [statement('a'), statement('b', { agent: 'VAJRA' })] },
    ...{ answered_by: null, answered_at: null, created_at: MOMENT, updated_at: MOMENT },
    ...part,
  }
}

export function stale(id: string, part: Partial<StaleKnowledge> = {}): StaleKnowledge {
  const plain = { content: `says ${id}`, agent: 'AZOTH', category: 'general', access_count: 0, last_accessed_at: null, created_at: MOMENT }
  return { id, ...plain, ...part }
}

export function member(user_id: string, part: Partial<RealmMember> = {}): RealmMember {
  const plain = { display_name: user_id, agent: null, owner: false, you: false, added_at: MOMENT }
  return { user_id, role: 'writer', ...plain, ...part }
}
