/** A large file goes up in pieces: a connection that is lost costs one piece, and it goes on by itself when it is back. */
import { api, ApiError } from '@/api'
import type { FileEntry, FileUpload } from '@/wire'

import type { Sending } from './workspace'

const MIB = 1024 * 1024
/** Larger ones go up in pieces. */
export const WHOLE = 8 * MIB
const PIECE = 4 * MIB
/** How often in a row one may fail before that is told. */
const MOST_FAILURES = 12
const LONGEST_PAUSE = 15_000

/** What the server does for it. */
export interface Shelf {
  begin: (path: string, size: number, replace: boolean, signal: AbortSignal) => Promise<FileUpload>
  state: (id: string, signal: AbortSignal) => Promise<FileUpload>
  piece: (id: string, offset: number, data: Blob, signal: AbortSignal) => Promise<FileUpload>
  complete: (id: string, signal: AbortSignal) => Promise<FileEntry>
  drop: (id: string) => Promise<unknown>
  pause: (milliseconds: number, signal: AbortSignal) => Promise<void>
}

const SERVER: Shelf = {
  begin: (path, size, replace, signal) => api.post('/files/uploads', { path, size, replace }, { signal }),
  state: (id, signal) => api.get(`/files/uploads/${id}`, { signal }),
  piece: async (id, offset, data, signal) => api.putBytes(`/files/uploads/${id}`, data, { signal, query: { offset, sha256: await digestOf(data) } }),
  complete: (id, signal) => api.post(`/files/uploads/${id}/complete`, undefined, { signal }),
  drop: (id) => api.delete(`/files/uploads/${id}`),
  pause,
}

/** Uploads that were begun and not completed, so that another try goes on where the last one was. */
const begun = new WeakMap<File, { id: string; path: string; replace: boolean }>()

export async function sendInPieces(file: File, path: string, asked: Sending, shelf: Shelf = SERVER): Promise<void> {
  const { replace, signal, onProgress, onPause } = asked
  const first = await goOn(file, path, asked, shelf)
  begun.set(file, { id: first.id, path, replace })
  signal.addEventListener('abort', () => void shelf.drop(first.id).catch(() => undefined), { once: true })
  let failures = 0
  for (let upload: FileUpload | null = first; upload; ) {
    const at: FileUpload = upload
    onProgress(file.size ? at.received / file.size : 1)
    try {
      upload = await step(file, at, signal, shelf)
      failures = 0
      onPause?.(false)
    } catch (error) {
      failures += 1
      if (signal.aborted || !passes(error, at, file) || failures > MOST_FAILURES) throw error
      onPause?.(true)
      await shelf.pause(pauseAfter(error, failures), signal)
      upload = await afterTrouble(error, file, at, signal, shelf)
    }
  }
  begun.delete(file)
}

/** Send the next piece, or make a file of all; null when that is done. */
async function step(file: File, upload: FileUpload, signal: AbortSignal, shelf: Shelf): Promise<FileUpload | null> {
  const { id, received, most_piece_bytes: most } = upload
  if (received < file.size) return shelf.piece(id, received, file.slice(received, received + Math.min(PIECE, most)), signal)
  await shelf.complete(id, signal)
  return null
}

/** Where it goes on. What was whole and is no upload any more is a file: only the answer was lost. */
async function afterTrouble(error: unknown, file: File, upload: FileUpload, signal: AbortSignal, shelf: Shelf): Promise<FileUpload | null> {
  const now = await stateOf(upload, signal, shelf)
  if (now === null && upload.received < file.size) throw error
  return now
}

/** Where an earlier try was, else from the beginning. A try that wanted something else is given up. */
async function goOn(file: File, path: string, { replace, signal }: Sending, shelf: Shelf): Promise<FileUpload> {
  const known = begun.get(file)
  if (known?.path === path && known.replace === replace) {
    try {
      return await shelf.state(known.id, signal)
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 404)) throw error
    }
  }
  if (known) await shelf.drop(known.id).catch(() => undefined)
  return shelf.begin(path, file.size, replace, signal)
}

/** What the server has by now, null when there is no such upload; as it was known when it does not answer yet. */
async function stateOf(upload: FileUpload, signal: AbortSignal, shelf: Shelf): Promise<FileUpload | null> {
  try {
    return await shelf.state(upload.id, signal)
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null
    if (error instanceof ApiError && (error.offline || error.status >= 500)) return upload
    throw error
  }
}

/** Lost lines and busy servers pass. So does a piece that the server has, whose answer was lost. */
function passes(error: unknown, upload: FileUpload, file: File): boolean {
  if (!(error instanceof ApiError)) return false
  if (error.offline || error.status === 429 || error.status >= 500) return true
  return error.status === 409 && upload.received < file.size
}

function pauseAfter(error: unknown, failures: number): number {
  const told = error instanceof ApiError ? error.retryAfter : null
  return told === null ? Math.min(LONGEST_PAUSE, 500 * 2 ** (failures - 1)) : told * 1000
}

/** Less long when the browser says that the line is back. */
function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, milliseconds)
    function done(): void {
      clearTimeout(timer)
      window.removeEventListener('online', done)
      signal.removeEventListener('abort', done)
      resolve()
    }
    window.addEventListener('online', done)
    signal.addEventListener('abort', done)
  })
}

/** SHA-256 in hex; null where the browser does not give it: on pages that came without TLS. */
async function digestOf(data: Blob): Promise<string | null> {
  const subtle = globalThis.crypto.subtle as SubtleCrypto | undefined
  if (!subtle) return null
  const bytes = new Uint8Array(await subtle.digest('SHA-256', await data.arrayBuffer()))
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
