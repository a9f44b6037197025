/** Files on their way into the workspace: a few at once, each with its progress, its failure, and a way to try again. */
import { computed, shallowRef } from 'vue'

import { ApiError, errorText } from '@/api'

import type { Sending } from './workspace'

const AT_ONCE = 3

export interface FileUpload {
  readonly key: number
  readonly file: File
  readonly folder: string
  readonly share: number
  readonly state: 'waiting' | 'sending' | 'there' | 'failed'
  readonly failure: string | null
  /** The line is lost: it goes on by itself. */
  readonly paused: boolean
  /** Something has its name: it may be replaced, and is kept as a version then. */
  readonly taken: boolean
  readonly replace: boolean
}

export type SendFile = (file: File, asked: Sending) => Promise<void>

const NEW = { share: 0, state: 'waiting', failure: null, paused: false, taken: false, replace: false } as const
let count = 0

/** `settled` runs each time one has arrived. */
export function useFileUploads(send: SendFile, settled: (folder: string) => void) {
  const items = shallowRef<readonly FileUpload[]>([])
  const aborts = new Map<number, AbortController>()
  const busy = computed(() => items.value.some(({ state }) => state === 'waiting' || state === 'sending'))

  function change(key: number, change: Partial<FileUpload>): void {
    items.value = items.value.map((item) => (item.key === key ? { ...item, ...change } : item))
  }

  function next(): void {
    const sending = items.value.filter(({ state }) => state === 'sending').length
    for (const item of items.value.filter(({ state }) => state === 'waiting').slice(0, Math.max(0, AT_ONCE - sending))) void begin(item)
  }

  async function begin({ key, file, folder, replace }: FileUpload): Promise<void> {
    const abort = new AbortController()
    aborts.set(key, abort)
    change(key, { state: 'sending', share: 0, paused: false, failure: null, taken: false })
    try {
      const onProgress = (share: number) => change(key, { share })
      await send(file, { folder, replace, signal: abort.signal, onProgress, onPause: (paused) => change(key, { paused }) })
      change(key, { state: 'there', share: 1 })
      settled(folder)
    } catch (error) {
      failed(key, error)
    } finally {
      aborts.delete(key)
      next()
    }
  }

  /** Too many at once is no failure: it waits as long as the server says. */
  function failed(key: number, error: unknown): void {
    const { status, retryAfter } = error instanceof ApiError ? error : { status: null, retryAfter: null }
    const pause = status === 429 || status === 503 ? retryAfter : null
    change(key, { state: 'failed', failure: pause === null ? errorText(error) : 'Waits for the server', taken: status === 409 })
    if (pause !== null) setTimeout(() => again(key, {}), pause * 1000)
  }

  function again(key: number, wish: Partial<FileUpload>): void {
    if (!items.value.some((item) => item.key === key && item.state === 'failed')) return
    change(key, { ...wish, state: 'waiting', failure: null })
    next()
  }

  return {
    items,
    busy,
    add(files: readonly File[], folder: string): void {
      const made = files.map((file): FileUpload => ({ ...NEW, key: (count += 1), file, folder }))
      items.value = [...items.value.filter(({ state }) => state !== 'there'), ...made]
      next()
    },
    retry: (key: number) => again(key, {}),
    replace: (key: number) => again(key, { replace: true }),
    /** Also stops one that is on its way. */
    remove(key: number): void {
      aborts.get(key)?.abort()
      items.value = items.value.filter((item) => item.key !== key)
      next()
    },
    clear(): void {
      items.value = items.value.filter(({ state }) => state === 'waiting' || state === 'sending')
    },
  }
}

export type FileUploads = ReturnType<typeof useFileUploads>
