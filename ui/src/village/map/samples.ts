/** Whole wire objects of the village, of which a test only says what matters to it. */
import { ME } from '../../../tests/samples'
import type { AgentProfile, Convergence, Knowledge, ListedKnowledge, Presence, Realm, RealmDetail, RealmMember, VillageEvent, Zone } from '@/wire'

export { ME }
export const YOU = '00000000-0000-0000-0000-0000000000bb'
export const REALM = '00000000-0000-0000-0000-0000000000cc'
const MOMENT = '2026-11-23T09:00:00Z'

function zone(name: Zone['name'], title: string, place: readonly [number, number, number, number]): Zone {
  const [x, y, width, height] = place
  return { name, title, x, y, width, height, families: [] }
}

export const ZONES: readonly Zone[] = [
  zone('village_square', 'Village square', [400, 300, 120, 120]),
  zone('dj_booth', 'Music stage', [100, 300, 100, 80]),
  zone('memory_garden', 'Memory garden', [400, 80, 140, 80]),
  zone('file_shed', 'File shed', [700, 300, 100, 80]),
  zone('workshop', 'Workshop', [400, 520, 120, 80]),
  zone('bridge_portal', 'Bridge portal', [700, 80, 120, 80]),
  zone('library', 'Library', [100, 80, 120, 80]),
  zone('watchtower', 'Watchtower', [100, 520, 100, 80]),
  zone('nursery', 'Nursery', [700, 520, 120, 80]),
]

export function profile(agent: string, part: Partial<AgentProfile> = {}): AgentProfile {
  const display_name = agent.slice(0, 1) + agent.slice(1).toLowerCase()
  const plain = { agent, display_name, generation: '0', lineage: '', specialization: '', origin_story: '', color: '#d4a72c', symbol: '☿' }
  return { ...plain, built_in: true, introduced_at: null, ...part }
}

export function realm(part: Partial<Realm> = {}): Realm {
  const plain = { id: REALM, kind: 'village' as const, name: 'Our village', description: '', agent: null, role: 'keeper' as const }
  const figures = { owner_id: ME, mine: true, home: true, members: 1, knowledge: 0, embedding_model: null, threshold: 0.8 }
  return { ...plain, ...figures, created_at: MOMENT, ...part }
}

export function member(part: Partial<RealmMember> = {}): RealmMember {
  return { user_id: ME, display_name: 'Ada', agent: null, role: 'keeper', owner: true, you: true, added_at: MOMENT, ...part }
}

export function detail(part: Partial<RealmDetail> = {}): RealmDetail {
  return { realm: realm(), members: [member()], here: [], seq: '10-0', ...part }
}

export function presence(part: Partial<Presence> = {}): Presence {
  return { user_id: ME, agent: null, zone: 'village_square', tool: null, ...part }
}

export function knowledge(part: Partial<Knowledge> = {}): Knowledge {
  return {
    ...{ id: 'k', realm_id: REALM, user_id: ME, agent: 'AZOTH', content: 'Bridges hold.', category: 'general', kind: 'fact' },
    ...{ confidence: 1, tags: [], thread_id: null, thread: null, related_agents: [], origin: 'turn', source: '', conversation_id: null },
    ...{ turn_id: null, responding_to: [], derived_from: [], related: [], trusted: true, external_id: null, details: {}, root_id: 'k' },
    ...{ version: 1, superseded_by: null, valid_from: MOMENT, valid_until: null, created_at: MOMENT, removed_at: null, access_count: 0 },
    last_accessed_at: null,
    ...part,
  }
}

export function listedKnowledge(part: Partial<Knowledge> = {}): ListedKnowledge {
  return { ...knowledge(part), realm_name: 'Our village', realm_kind: 'village' }
}

export function convergence(agents: readonly string[], part: Partial<Convergence> = {}): Convergence {
  const statements = agents.map((agent) => ({
    ...{ knowledge_id: `k-${agent}`, user_id: ME, agent, content: `${agent} says so`, thread: null, created_at: MOMENT },
    ...{ similarity: 0.9, echo_of: null },
  }))
  const kind = agents.length > 2 ? ('CONSENSUS' as const) : ('HARMONY' as const)
  const plain = { id: `c-${agents.join('-')}`, realm_id: REALM, realm_name: 'Our village', kind, status: 'open' as const, independent: true }
  const answer = { answered_by: null, answered_at: null }
  const rest = { similarity: 0.9, agents: [...agents], statements, ...answer, created_at: MOMENT, updated_at: MOMENT }
  return { ...plain, ...rest, ...part }
}

export function event(seq: string, name: VillageEvent['event'], data: VillageEvent['data']): VillageEvent {
  return { type: 'village_event', seq, event: name, realm_id: REALM, data }
}

export function moved(seq: string, agent: string, zone: Zone['name'], tool: string): VillageEvent {
  return event(seq, 'agent_moved', { user_id: ME, agent, zone, tool })
}
