/** What a folder holds, page by page, as the workspace has it now. */
import { onBeforeUnmount, onMounted, ref, shallowRef, watch } from 'vue'

import { ApiError, errorText } from '@/api'
import type { FileEntry } from '@/wire'

import { listFolder, type Order } from './workspace'

export function useFolder(folder: () => string, order: () => Order) {
  const entries = shallowRef<readonly FileEntry[]>([])
  const loading = ref(true)
  const loaded = ref(false)
  const missing = ref(false)
  const failure = ref<string | null>(null)
  const cursor = ref<string | null>(null)
  let asking: AbortController | null = null

  async function read(from: string | null): Promise<void> {
    asking?.abort()
    const mine = (asking = new AbortController())
    loading.value = true
    try {
      const page = await listFolder(folder(), { order: order(), cursor: from, signal: mine.signal })
      if (asking !== mine) return
      entries.value = from === null ? page.entries : [...entries.value, ...page.entries]
      cursor.value = page.next_cursor
      failure.value = null
      missing.value = false
      loaded.value = true
    } catch (error) {
      if (asking !== mine) return
      missing.value = error instanceof ApiError && error.status === 404
      failure.value = errorText(error)
    } finally {
      if (asking === mine) loading.value = false
    }
  }

  const reload = (): Promise<void> => read(null)
  const more = (): Promise<void> => (cursor.value === null || loading.value ? Promise.resolve() : read(cursor.value))

  /** Agents write files as well: who comes back to the page sees what is there now. */
  function onReturn(): void {
    if (document.visibilityState === 'visible') void reload()
  }

  watch([folder, order], ([now], [before]) => {
    if (now !== before) {
      entries.value = []
      loaded.value = false
    }
    void reload()
  })
  onMounted(() => document.addEventListener('visibilitychange', onReturn))
  onBeforeUnmount(() => {
    document.removeEventListener('visibilitychange', onReturn)
    asking?.abort()
    asking = null
  })
  void reload()
  return { entries, loading, loaded, missing, failure, cursor, reload, more }
}
