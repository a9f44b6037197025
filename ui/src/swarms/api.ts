/** Swarms at the server: the one place that knows their paths. */
import { api } from '@/api'
import { newCommandId } from '@/thread/commandId'
import type { CreateSwarm, Swarm, SwarmItems, Swarms } from '@/wire'

export type SwarmDeed = 'cancel' | 'pause' | 'resume'

export const listSwarms = (query: { cursor?: string | null }, signal?: AbortSignal): Promise<Swarms> => api.get('/swarms', { query, signal })
export const swarmOf = (id: string, signal?: AbortSignal): Promise<Swarm> => api.get(`/swarms/${id}`, { signal })
export const itemsOf = (id: string, after: number, limit: number, signal?: AbortSignal): Promise<SwarmItems> =>
  api.get(`/swarms/${id}/items`, { query: { after, limit }, signal })
/** Made once, however often it is sent under one key. */
export const createSwarm = (asked: CreateSwarm, idempotencyKey: string): Promise<Swarm> => api.post('/swarms', asked, { idempotencyKey })
export const tellSwarm = (id: string, deed: SwarmDeed): Promise<Swarm> =>
  api.post(`/swarms/${id}/${deed}`, undefined, { idempotencyKey: newCommandId() })
/** All that failed or were cancelled, or these. */
export const retryItems = (id: string, items: readonly number[] | null): Promise<Swarm> =>
  api.post(`/swarms/${id}/retry`, { items }, { idempotencyKey: newCommandId() })
export const resultsOf = (id: string): Promise<Blob> => api.blob(`/swarms/${id}/results.jsonl`)
