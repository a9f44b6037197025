/** Councils at the server: the one place that knows their paths. */
import { api } from '@/api'
import { newCommandId } from '@/thread/commandId'
import type { Council, Councils, CreateCouncil, CreateShare, NewMember, Share, SharedCouncil } from '@/wire'

const ROOT = '/councils'

/** Makes something, once, however often it is sent. */
function make<T>(path: string, body: unknown): Promise<T> {
  return api.post(`${ROOT}${path}`, body, { idempotencyKey: newCommandId() })
}

export const listCouncils = (cursor: string | null): Promise<Councils> => api.get(ROOT, { query: { cursor } })
export const createCouncil = (asked: CreateCouncil): Promise<Council> => make('', asked)
export const councilOf = (id: string, signal?: AbortSignal): Promise<Council> => api.get(`${ROOT}/${id}`, { signal })

/** `round` holds one round while all else rests. */
export type Deed = 'pause' | 'resume' | 'round' | 'cancel'
export const tell = (id: string, deed: Deed): Promise<Council> => api.post(`${ROOT}/${id}/${deed}`)

export const remark = (id: string, content: string): Promise<Council> => make(`/${id}/remarks`, { content })
export const addMember = (id: string, member: NewMember): Promise<Council> => make(`/${id}/members`, member)
export const removeMember = (id: string, n: number): Promise<Council> => api.delete(`${ROOT}/${id}/members/${n}`)
export const shareCouncil = (id: string, asked: CreateShare): Promise<Share> => make(`/${id}/share`, asked)
export const unshareCouncil = (id: string): Promise<void> => api.delete(`${ROOT}/${id}/share`)
export const exportCouncil = (id: string): Promise<Blob> => api.blob(`${ROOT}/${id}/export.md`)

/** Whoever has the link may look, signed in or not. */
export const sharedCouncil = (token: string): Promise<SharedCouncil> =>
  api.get(`/shared/councils/${encodeURIComponent(token)}`, { bare: true })
