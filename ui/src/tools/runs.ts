/** What ran, as the server keeps it; page by page. Where the server keeps no such list, there is none to show. */
import { onBeforeUnmount, ref, shallowRef } from 'vue'
import { api, ApiError, errorText } from '@/api'

export interface KeptRun {
  id: string
  tool: string
  arguments: Record<string, unknown>
  is_error: boolean
  seconds: number | null
  content: string
  started_at: string
  conversation_id: string | null
  by: 'person' | 'agent'
}

export interface KeptRuns {
  runs: KeptRun[]
  next_cursor: string | null
}

/** A few at first, for the tools stand below; more when they are asked for. */
const FIRST = 5
const PAGE = 20

export function useRuns() {
  const runs = shallowRef<readonly KeptRun[] | null>(null)
  const cursor = ref<string | null>(null)
  const failure = ref<string | null>(null)
  const loading = ref(false)
  /** The server has no such list. */
  const missing = ref(false)
  let asking: AbortController | null = null

  async function read(from: string | null): Promise<void> {
    asking?.abort()
    const mine = (asking = new AbortController())
    loading.value = true
    try {
      const page = await api.get<KeptRuns>('/tools/runs', { query: { limit: from === null ? FIRST : PAGE, cursor: from }, signal: mine.signal })
      runs.value = from === null ? page.runs : [...(runs.value ?? []), ...page.runs]
      cursor.value = page.next_cursor
      failure.value = null
      missing.value = false
    } catch (error) {
      if (mine.signal.aborted) return
      missing.value = error instanceof ApiError && (error.status === 404 || error.status === 405)
      failure.value = errorText(error)
    } finally {
      if (asking === mine) loading.value = false
    }
  }

  onBeforeUnmount(() => asking?.abort())
  void read(null)
  return { runs, cursor, failure, loading, missing, reload: () => read(null), more: () => read(cursor.value) }
}
