/** What ran, as the server keeps it; page by page. Where the server keeps no such list, there is none to show. */
import { onBeforeUnmount, ref, shallowRef } from 'vue'
import { api, ApiError, errorText } from '@/api'
import { durationText } from '@/thread/prices'
import type { KeptToolRun, ToolRuns } from '@/wire'

/** A few at first, for the tools stand below; more when they are asked for. */
const FIRST = 5
const PAGE = 20

export function useRuns() {
  const runs = shallowRef<readonly KeptToolRun[] | null>(null)
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
      const page = await api.get<ToolRuns>('/tools/runs', { query: { limit: from === null ? FIRST : PAGE, cursor: from }, signal: mine.signal })
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

const OUTCOMES: Record<KeptToolRun['outcome'], string> = {
  running: 'running',
  succeeded: 'done',
  failed: 'failed',
  stopped: 'stopped',
  interrupted: 'interrupted',
  ended: 'ended at its limits',
  refused: 'refused',
}

/** How it ended, for whom, and how long it took. */
export function runText(run: KeptToolRun, failed: boolean): string {
  const outcome = failed && run.outcome === 'succeeded' ? 'failed' : OUTCOMES[run.outcome]
  const took = run.seconds === null ? '' : durationText(run.seconds * 1000)
  return [outcome, run.by === 'person' ? 'by you' : 'by an agent', took].filter(Boolean).join(', ')
}
