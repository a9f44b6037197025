/** One list of conversations that is read page by page: the open ones, the archived ones, or what a search found. */
import { ref, shallowRef } from 'vue'
import { api } from '@/api'
import type { Listed } from './groups'
import type { Conversations } from '@/wire'

export type Filter = Record<string, string | boolean | null>

const PAGE = 50

export function useListing(filter: () => Filter) {
  const items = shallowRef<Listed[]>([])
  const loading = ref(false)
  const loaded = ref(false)
  const failed = ref<unknown>(null)
  const cursor = ref<string | null>(null)
  let running: AbortController | null = null

  /** Read the first page anew. With `keep`, what was read further down stays: news are mixed in. */
  function restart({ keep = false } = {}): Promise<void> {
    return read(null, (page) => {
      const rest = keep ? items.value.filter((item) => !page.some((other) => other.id === item.id)) : []
      const oldest = page.at(-1)?.updated_at ?? ''
      // Within the page's reach the page is the truth: what it lacks is gone or has moved to another list.
      items.value = [...page, ...rest.filter((item) => cursor.value !== null && item.updated_at < oldest)]
    })
  }

  async function more(): Promise<void> {
    if (loading.value || cursor.value === null) return
    await read(cursor.value, (page) => {
      const known = new Set(items.value.map((item) => item.id))
      items.value = [...items.value, ...page.filter((item) => !known.has(item.id))]
    })
  }

  async function read(from: string | null, take: (page: Listed[]) => void): Promise<void> {
    running?.abort()
    const mine = new AbortController()
    running = mine
    loading.value = true
    try {
      const query = { limit: PAGE, cursor: from, ...filter() }
      const answer = await api.get<Conversations>('/chat/conversations', { query, signal: mine.signal })
      if (running !== mine) return
      cursor.value = answer.next_cursor
      take(answer.conversations)
      failed.value = null
      loaded.value = true
    } catch (error) {
      if (running === mine) failed.value = error
    } finally {
      if (running === mine) loading.value = false
    }
  }

  function put(conversation: Listed, belongs: boolean): void {
    const rest = items.value.filter((item) => item.id !== conversation.id)
    const at = items.value.findIndex((item) => item.id === conversation.id)
    if (!belongs) items.value = rest
    else if (at < 0) items.value = [conversation, ...rest]
    else items.value = items.value.map((item) => (item.id === conversation.id ? { match: item.match, ...conversation } : item))
  }

  function drop(id: string): void {
    items.value = items.value.filter((item) => item.id !== id)
  }

  function clear(): void {
    running?.abort()
    running = null
    items.value = []
    cursor.value = null
    loading.value = false
    loaded.value = false
    failed.value = null
  }

  return { items, loading, loaded, failed, cursor, restart, more, put, drop, clear }
}
