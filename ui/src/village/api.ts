/** The village at the server: the one place that knows its paths. */
import { api } from '@/api'
import { newCommandId } from '@/thread/commandId'
import type {
  AddKnowledge,
  AgentProfiles,
  Consolidate,
  Consolidated,
  Convergence,
  Convergences,
  CreateInvite,
  CreateRealm,
  CreateThread,
  Fellows,
  GrantMembership,
  Invitation,
  Invites,
  JoinRealm,
  Knowledge,
  KnowledgeChange,
  KnowledgeDetail,
  KnowledgeImported,
  KnowledgePage,
  NewInvite,
  Realm,
  RealmChange,
  RealmDetail,
  RealmMember,
  RealmMembers,
  Realms,
  Thread,
  ThreadChange,
  Threads,
  ThreadView,
  VillageHealth,
} from '@/wire'

export type Query = Record<string, string | number | boolean | null | undefined>
export type Role = Realm['role']

const ROOT = '/village'

/** Makes something, once, however often it is sent. */
function make<T>(path: string, body: unknown): Promise<T> {
  return api.post(`${ROOT}${path}`, body, { idempotencyKey: newCommandId() })
}

// Realms

export const listRealms = (): Promise<Realms> => api.get(`${ROOT}/realms`)
export const realmDetail = (id: string): Promise<RealmDetail> => api.get(`${ROOT}/realms/${id}`)
export const createRealm = (asked: CreateRealm): Promise<Realm> => make('/realms', asked)
export const changeRealm = (id: string, change: RealmChange): Promise<Realm> => api.patch(`${ROOT}/realms/${id}`, change)
export const deleteRealm = (id: string): Promise<void> => api.delete(`${ROOT}/realms/${id}`)
export const transferRealm = (id: string, user_id: string): Promise<Realm> => api.post(`${ROOT}/realms/${id}/transfer`, { user_id })
export const listFellows = (): Promise<Fellows> => api.get(`${ROOT}/people`)
export const listAgents = (): Promise<AgentProfiles> => api.get(`${ROOT}/agents`)

// Who belongs to them

type Whose = Pick<RealmMember, 'user_id' | 'agent'>

export const listMembers = (id: string): Promise<RealmMembers> => api.get(`${ROOT}/realms/${id}/members`)
export const grantMembership = (id: string, asked: GrantMembership): Promise<RealmMember> => make(`/realms/${id}/members`, asked)
export const changeMember = (id: string, { user_id, agent }: Whose, role: Role): Promise<RealmMember> =>
  api.patch(`${ROOT}/realms/${id}/members/${user_id}`, { role }, { query: { agent } })
export const removeMember = (id: string, { user_id, agent }: Whose): Promise<void> =>
  api.delete(`${ROOT}/realms/${id}/members/${user_id}`, { query: { agent } })

// Invitations

export const listInvites = (id: string): Promise<Invites> => api.get(`${ROOT}/realms/${id}/invites`)
export const createInvite = (id: string, asked: CreateInvite): Promise<NewInvite> => make(`/realms/${id}/invites`, asked)
export const revokeInvite = (id: string, invite: string): Promise<void> => api.delete(`${ROOT}/realms/${id}/invites/${invite}`)
export const lookAtInvite = (token: string): Promise<Invitation> => api.post(`${ROOT}/invitation`, { token })
export const joinRealm = (asked: JoinRealm): Promise<Realm> => make('/join', asked)

// Knowledge

export const listKnowledge = (query: Query, signal?: AbortSignal): Promise<KnowledgePage> => api.get(`${ROOT}/knowledge`, { query, signal })
export const knowledgeDetail = (id: string): Promise<KnowledgeDetail> => api.get(`${ROOT}/knowledge/${id}`)
export const addKnowledge = (asked: AddKnowledge): Promise<Knowledge> => make('/knowledge', asked)
export const changeKnowledge = (id: string, change: KnowledgeChange): Promise<Knowledge> => api.patch(`${ROOT}/knowledge/${id}`, change)
export const removeKnowledge = (id: string): Promise<void> => api.delete(`${ROOT}/knowledge/${id}`)
export const restoreKnowledge = (id: string): Promise<Knowledge> => api.post(`${ROOT}/knowledge/${id}/restore`)
export const promoteKnowledge = (id: string, realm_id: string): Promise<Knowledge> => make(`/knowledge/${id}/promote`, { realm_id })
export const exportRealm = (id: string): Promise<Blob> => api.blob(`${ROOT}/realms/${id}/export`)
export const importRealm = (id: string, file: Blob, onProgress: (share: number) => void): Promise<KnowledgeImported> =>
  api.send(`${ROOT}/realms/${id}/import`, file, { onProgress })

// Threads

export const listThreads = (query: Query): Promise<Threads> => api.get(`${ROOT}/threads`, { query })
export const createThread = (asked: CreateThread): Promise<Thread> => make('/threads', asked)
export const viewThread = (id: string, query: Query = {}): Promise<ThreadView> => api.get(`${ROOT}/threads/${id}`, { query })
export const changeThread = (id: string, change: ThreadChange): Promise<Thread> => api.patch(`${ROOT}/threads/${id}`, change)

// Convergence

export const listConvergence = (query: Query): Promise<Convergences> => api.get(`${ROOT}/convergence`, { query })
export const convergenceOf = (id: string): Promise<Convergence> => api.get(`${ROOT}/convergence/${id}`)
export const answerConvergence = (id: string, status: 'confirmed' | 'dismissed'): Promise<Convergence> =>
  api.post(`${ROOT}/convergence/${id}`, { status })
export const findConvergence = (realm_id: string, hours: number): Promise<Convergences> =>
  api.post(`${ROOT}/convergence/find`, { realm_id, hours })

// Health

export const villageHealth = (query: Query): Promise<VillageHealth> => api.get(`${ROOT}/health`, { query })
export const consolidate = (asked: Consolidate): Promise<Consolidated> => make('/health/consolidate', asked)
export const undoConsolidation = (id: string): Promise<void> => api.post(`${ROOT}/health/undo/${id}`)
