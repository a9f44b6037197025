/** The workspace at the server: the one place that knows its paths. */
import { api } from '@/api'
import type { FileEntry, FileList, FileSearch, FileUsage, FileVersions, Trash } from '@/wire'

import { sendInPieces, WHOLE } from './pieces'

export type Order = 'name' | 'modified' | 'size'

const PAGE = 200
const MOST_FOLDERS = 1000

export function listFolder(
  folder: string,
  asked: { order: Order; cursor?: string | null; limit?: number; signal?: AbortSignal },
): Promise<FileList> {
  const { order: sort, cursor, limit = PAGE, signal } = asked
  return api.get('/files', { query: { folder, sort, cursor, limit }, signal })
}

/** The folders that lie in one. They come first: there is no need to read on behind the first file. */
export async function foldersIn(folder: string): Promise<FileEntry[]> {
  const found: FileEntry[] = []
  let cursor: string | null = null
  do {
    const page: FileList = await listFolder(folder, { order: 'name', cursor, limit: MOST_FOLDERS })
    const folders = page.entries.filter((entry) => entry.is_folder)
    found.push(...folders)
    cursor = folders.length === page.entries.length ? page.next_cursor : null
  } while (cursor)
  return found
}

export function fileAt(path: string): Promise<FileEntry> {
  return api.get('/files/at', { query: { path } })
}

export function contentOf(id: string, version?: string | null): Promise<Blob> {
  return api.blob(version ? `/files/${id}/versions/${version}/content` : `/files/${id}/content`)
}

export function searchFiles(words: string, signal: AbortSignal): Promise<FileSearch> {
  return api.get('/files/search', { query: { q: words, limit: PAGE }, signal })
}

export function fileUsage(): Promise<FileUsage> {
  return api.get('/files/usage')
}

export interface Sending {
  readonly folder: string
  readonly replace: boolean
  readonly signal: AbortSignal
  readonly onProgress: (share: number) => void
  /** It waits for the line to come back, or goes on. */
  readonly onPause?: (waits: boolean) => void
}

export async function uploadTo(file: File, asked: Sending): Promise<void> {
  const { folder, replace, signal, onProgress } = asked
  if (file.size > WHOLE) return sendInPieces(file, folder ? `${folder}/${file.name}` : file.name, asked)
  const query = { folder, replace }
  await api.upload('/files', file, { field: 'files', query, signal, onProgress })
}

export function makeFolder(path: string): Promise<FileEntry> {
  return api.post('/files/folders', { path })
}

export function moveEntry({ id }: FileEntry, path: string): Promise<FileEntry> {
  return api.patch(`/files/${id}`, { path })
}

export function deleteEntry({ id, is_folder: recursive }: FileEntry): Promise<void> {
  return api.delete(`/files/${id}`, { query: { recursive } })
}

export function trash(cursor: string | null = null): Promise<Trash> {
  return api.get('/files/trash', { query: { limit: PAGE, cursor } })
}

/** At its old path, or at another. */
export function restoreTrashed(id: string, path?: string): Promise<FileEntry> {
  return api.post(`/files/trash/${id}/restore`, path === undefined ? undefined : { path })
}

export function forgetTrashed(id: string): Promise<void> {
  return api.delete(`/files/trash/${id}`)
}

export function emptyTrash(): Promise<void> {
  return api.delete('/files/trash')
}

export function versionsOf({ id }: FileEntry): Promise<FileVersions> {
  return api.get(`/files/${id}/versions`)
}

export function restoreVersion({ id }: FileEntry, version: string): Promise<FileEntry> {
  return api.post(`/files/${id}/versions/${version}/restore`)
}
