/** Councils at the server: the one place that knows their paths. */
import { api } from '@/api'
import { newCommandId } from '@/thread/commandId'
import type { Council, Councils, CreateCouncil, CreateShare, Member, NewMember, Remark, Share, SharedCouncil } from '@/wire'

const ROOT = '/councils'

/** Makes something, once, however often it is sent. */
function make<T>(path: string, body: unknown): Promise<T> {
  return api.post(`${ROOT}${path}`, body, { idempotencyKey: newCommandId() })
}

export const listCouncils = (cursor: string | null): Promise<Councils> => api.get(ROOT, { query: { cursor } })
export const createCouncil = (asked: CreateCouncil): Promise<Council> => make('', asked)
export const councilOf = (id: string, signal?: AbortSignal): Promise<Council> => api.get(`${ROOT}/${id}`, { signal })

export type Deed = 'pause' | 'resume' | 'cancel'
export const tell = (id: string, deed: Deed): Promise<unknown> => api.post(`${ROOT}/${id}/${deed}`)

export const remark = (id: string, content: string): Promise<Remark> => make(`/${id}/remarks`, { content })
export const addMember = (id: string, member: NewMember): Promise<Member> => make(`/${id}/members`, member)
export const removeMember = (id: string, n: number): Promise<unknown> => api.delete(`${ROOT}/${id}/members/${n}`)
export const shareCouncil = (id: string, asked: CreateShare): Promise<Share> => make(`/${id}/share`, asked)
export const exportCouncil = (id: string): Promise<Blob> => api.blob(`${ROOT}/${id}/export.md`)

/** Whoever has the link may look, signed in or not. */
export const sharedCouncil = (token: string): Promise<SharedCouncil> =>
  api.get(`/shared/councils/${encodeURIComponent(token)}`, { bare: true })
