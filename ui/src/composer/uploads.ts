/** Files on their way into a message. */
import { shallowRef, type ShallowRef } from 'vue'

import { api, errorText } from '@/api'
import type { Attachment } from '@/wire'

import { MOST_FILES, tooLarge } from './limits'

export interface Upload {
  readonly key: number
  readonly name: string
  readonly size: number
  /** Of a picture, to show it before it has arrived. */
  readonly preview: string | null
  readonly share: number
  readonly state: 'sending' | 'there' | 'failed'
  readonly failure: string | null
  readonly attachment: Attachment | null
}

type Send = (file: File, asked: { signal: AbortSignal; onProgress: (share: number) => void }) => Promise<Attachment>

const send: Send = (file, asked) => api.upload('/chat/attachments', file, asked)

export interface Uploads {
  readonly items: ShallowRef<readonly Upload[]>
  /** The names of those that were left out since a message holds no more. */
  add(files: readonly File[]): string[]
  remove(key: number): void
  /** They went with a message. */
  clear(): void
}

let count = 0

export function useUploads(upload: Send = send): Uploads {
  const items = shallowRef<readonly Upload[]>([])
  const aborts = new Map<number, AbortController>()

  function change(key: number, change: Partial<Upload>): void {
    items.value = items.value.map((item) => (item.key === key ? { ...item, ...change } : item))
  }

  async function begin(file: File): Promise<void> {
    const key = (count += 1)
    const abort = new AbortController()
    aborts.set(key, abort)
    const preview = file.type.startsWith('image/') ? URL.createObjectURL(file) : null
    const item: Upload = { key, name: file.name, size: file.size, preview, share: 0, state: 'sending', failure: null, attachment: null }
    items.value = [...items.value, item]
    const failure = tooLarge(file)
    if (failure) return change(key, { state: 'failed', failure })
    try {
      const attachment = await upload(file, { signal: abort.signal, onProgress: (share) => change(key, { share }) })
      change(key, { state: 'there', share: 1, attachment })
    } catch (error) {
      change(key, { state: 'failed', failure: errorText(error) })
    } finally {
      aborts.delete(key)
    }
  }

  function release(item: Upload): void {
    aborts.get(item.key)?.abort()
    if (item.preview) URL.revokeObjectURL(item.preview)
  }

  return {
    items,
    add(files) {
      const room = MOST_FILES - items.value.length
      for (const file of files.slice(0, room)) void begin(file)
      return files.slice(room).map(({ name }) => name)
    },
    remove(key) {
      items.value.filter((item) => item.key === key).forEach(release)
      items.value = items.value.filter((item) => item.key !== key)
    },
    clear() {
      items.value.forEach(release)
      items.value = []
    },
  }
}

/** A long pasted text as a file of its own. */
export function textFile(text: string): File {
  return new File([text], `pasted-${new Date().toISOString().slice(11, 19).replaceAll(':', '')}.txt`, { type: 'text/plain' })
}
