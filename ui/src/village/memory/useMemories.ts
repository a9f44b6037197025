/** The memories of a realm, or of all, page by page: as they are, or as a search finds them. */
import { onBeforeUnmount, reactive, ref, shallowRef, watch } from 'vue'

import { errorText } from '@/api'
import type { KnowledgeHit, VillageEvent } from '@/wire'

import { listKnowledge } from '../api'
import { useVillage } from '../store'
import { noFilters, queryOf } from './filters'
import { appended, withEvent } from './listing'

const PAGE = 100
export const PAUSE = 250

export function useMemories() {
  const village = useVillage()
  const words = ref('')
  const everywhere = ref(false)
  const filters = reactive(noFilters())
  const hits = shallowRef<readonly KnowledgeHit[]>([])
  const loading = ref(true)
  const loaded = ref(false)
  const failure = ref<string | null>(null)
  /** How many came in since the list was read. */
  const news = ref(0)
  /** What the list answers: another question makes another list, read from its top. */
  const question = ref('')
  /** Something may have come in unheard. */
  const missed = ref(false)
  let cursor: string | null = null
  let asking: AbortController | null = null
  let timer: ReturnType<typeof setTimeout> | undefined

  const query = () => queryOf(filters, words.value, everywhere.value ? null : (village.realm?.id ?? null))

  async function read(from: string | null): Promise<void> {
    asking?.abort()
    const mine = (asking = new AbortController())
    loading.value = true
    const asked = query()
    try {
      const page = await listKnowledge({ ...asked, limit: PAGE, cursor: from }, mine.signal)
      if (asking !== mine) return
      hits.value = from === null ? page.hits : appended(hits.value, page.hits)
      cursor = page.next_cursor
      failure.value = null
      loaded.value = true
      if (from === null) {
        news.value = 0
        missed.value = false
        question.value = JSON.stringify(asked)
      }
    } catch (error) {
      if (asking === mine) failure.value = errorText(error)
    } finally {
      if (asking === mine) loading.value = false
    }
  }

  const reload = (): Promise<void> => read(null)
  const more = (): Promise<void> => (cursor === null || loading.value ? Promise.resolve() : read(cursor))

  /** Reads anew unless that would throw the person back to the top; events tell them what changed all the same. */
  async function refresh(): Promise<void> {
    if (hits.value.length <= PAGE) await reload()
  }

  async function gap(): Promise<void> {
    if (hits.value.length > PAGE) missed.value = true
    else await reload()
  }

  /** What an event changes in what is shown; what is new is only counted: a list that jumps cannot be read. */
  function take(event: VillageEvent): void {
    if (!everywhere.value && event.realm_id !== village.realm?.id) return
    const changed = filters.removed ? null : withEvent(hits.value, event)
    if (changed) hits.value = changed
    else if (event.event === 'knowledge_added' || event.event === 'knowledge_restored') news.value += 1
  }

  watch(
    () => [village.realm?.id, everywhere.value],
    () => village.realm && void reload(),
    { immediate: true },
  )
  watch([words, () => JSON.stringify(filters)], () => {
    clearTimeout(timer)
    timer = setTimeout(() => void reload(), PAUSE)
  })
  onBeforeUnmount(() => {
    clearTimeout(timer)
    asking?.abort()
    asking = null
  })
  if (!village.loaded) void village.load()
  return { words, everywhere, filters, hits, loading, loaded, failure, news, missed, question, reload, refresh, gap, more, take }
}

export type Memories = ReturnType<typeof useMemories>
