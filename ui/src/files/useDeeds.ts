/** Does what a person wants with an entry, says so, and offers the way back. */
import { ref, shallowRef } from 'vue'
import { useRoute, useRouter } from 'vue-router'

import { ApiError } from '@/api'
import { useToasts } from '@/stores/toasts'
import type { FileEntry } from '@/wire'

import { download } from './content'
import type { Deed } from './deeds'
import { folderOf, joined, nameOf } from './kinds'
import { besides, followed } from './names'
import { deleteEntry, makeFolder, moveEntry, restoreTrashed } from './workspace'

/** `settled` runs after a change, with the id of what should have the focus. */
export function useDeeds(settled: (id: string | null) => Promise<void>) {
  const router = useRouter()
  const route = useRoute()
  const toasts = useToasts()
  const dialog = ref<Deed | null>(null)
  const chosen = shallowRef<FileEntry | null>(null)

  function act(deed: Deed, entry: FileEntry): void {
    if (deed === 'open' && entry.is_folder) void router.push({ path: '/files', query: { in: entry.path } })
    else if (deed === 'download') download(entry.path, { id: entry.id }).catch(toasts.fail)
    else if (deed === 'remove') void remove(entry)
    else {
      chosen.value = entry
      dialog.value = deed
    }
  }

  async function attempt(run: () => Promise<string | null>): Promise<void> {
    try {
      await settled(await run())
    } catch (error) {
      toasts.fail(error)
      await settled(null)
    }
  }

  async function move(entry: FileEntry, to: string, text: string): Promise<void> {
    await attempt(async () => {
      const moved = await moveEntry(entry, to)
      await follow(entry.path, moved.path)
      const undo = { label: 'Undo', run: () => attempt(async () => (await moveEntry(moved, entry.path)).id) }
      toasts.show({ text, action: undo })
      return moved.id
    })
  }

  async function remove(entry: FileEntry): Promise<void> {
    await attempt(async () => {
      await deleteEntry(entry)
      await follow(entry.path, null)
      const undo = { label: 'Undo', run: () => attempt(async () => (await bringBack(entry)).id) }
      toasts.show({ text: `${nameOf(entry.path)} deleted`, action: undo, seconds: 12 })
      return null
    })
  }

  async function follow(from: string, to: string | null): Promise<void> {
    const current = typeof route.query.in === 'string' ? route.query.in : ''
    const next = followed(current, from, to)
    if (next !== current) await router.replace({ path: '/files', query: next ? { in: next } : {} })
  }

  return {
    dialog,
    chosen,
    act,
    close(): void {
      dialog.value = null
    },
    rename: (entry: FileEntry, name: string) => move(entry, joined(folderOf(entry.path), name), `Renamed to ${name}`),
    moveTo: (entry: FileEntry, folder: string) =>
      move(entry, joined(folder, nameOf(entry.path)), `Moved to ${folder ? nameOf(folder) : 'Files'}`),
    makeFolder: (folder: string, name: string) => attempt(async () => (await makeFolder(joined(folder, name))).id),
    changed: () => settled(null),
  }
}

export type Deeds = ReturnType<typeof useDeeds>

const ATTEMPTS = 20

/** Out of the trash; under a name beside its own if that is taken by now. */
export async function bringBack(file: FileEntry): Promise<FileEntry> {
  for (let count = 1; ; count += 1) {
    try {
      return await restoreTrashed(file.id, count === 1 ? undefined : besides(file.path, count))
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 409 || count === ATTEMPTS) throw error
    }
  }
}
