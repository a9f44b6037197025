/** Agents at the server: the one place that knows their paths. */
import { api } from '@/api'
import { newCommandId } from '@/thread/commandId'
import type { Agent, Agents, AgentType, AgentTypeFacts, AgentTypes, AgentView, SpawnAgent } from '@/wire'

export type Deed = 'cancel' | 'pause' | 'resume' | 'retry'

export const listAgents = (query: { cursor?: string | null; status?: string | null }, signal?: AbortSignal): Promise<Agents> =>
  api.get('/agents', { query, signal })
export const viewAgent = (id: string, signal?: AbortSignal): Promise<AgentView> => api.get(`/agents/${id}`, { signal })
/** Made once, however often it is sent under one key. */
export const spawnAgent = (asked: SpawnAgent, idempotencyKey: string): Promise<Agent> => api.post('/agents/spawn', asked, { idempotencyKey })
/** Answers with the agent; a retry answers with the new one. */
export const tellAgent = (id: string, deed: Deed): Promise<Agent | undefined> =>
  api.post(`/agents/${id}/${deed}`, undefined, { idempotencyKey: newCommandId() })
export const listTypes = (): Promise<AgentTypes> => api.get('/agents/types')
export const saveType = (name: string, facts: AgentTypeFacts): Promise<AgentType> => api.put(`/agents/types/${encodeURIComponent(name)}`, facts)
export const removeType = (name: string): Promise<void> => api.delete(`/agents/types/${encodeURIComponent(name)}`)
