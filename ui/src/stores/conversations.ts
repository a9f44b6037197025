/** The person's conversations: lists, search, changes. What other tabs and devices do arrives on the user's channel. */
import { defineStore } from 'pinia'
import { computed, ref, watch } from 'vue'
import { api } from '@/api'
import type { ChannelEvent } from '@/channels'
import { useListing } from '@/conversations/listing'
import { socket } from '@/socket'
import type { Conversation, ConversationChange } from '@/wire'
import { useToasts } from './toasts'

const SEARCH_DELAY = 200

export const useConversations = defineStore('conversations', () => {
  const search = ref('')
  const folder = ref<'open' | 'archived'>('open')
  const open = useListing(() => ({ archived: false }))
  const archived = useListing(() => ({ archived: true }))
  const found = useListing(() => ({ q: search.value.trim() }))
  const favourites = useListing(() => ({ archived: false, favorite: true }))
  const listings = [open, archived, found, favourites]

  const searching = computed(() => search.value.trim() !== '')
  const shown = computed(() => (searching.value ? found : folder.value === 'archived' ? archived : open))
  const items = computed(() => {
    if (searching.value || folder.value === 'archived') return shown.value.items.value
    const known = new Set(open.items.value.map((item) => item.id))
    return [...open.items.value, ...favourites.items.value.filter((item) => !known.has(item.id))]
  })
  const loading = computed(() => shown.value.loading.value)
  const loaded = computed(() => shown.value.loaded.value)
  const failed = computed(() => shown.value.failed.value)

  let timer: ReturnType<typeof setTimeout> | undefined
  watch(search, () => {
    clearTimeout(timer)
    if (searching.value) timer = setTimeout(() => void found.restart(), SEARCH_DELAY)
    else found.clear()
  })
  watch(folder, () => void shown.value.restart())

  /** Load, and keep up to date until the returned function is called. */
  function live(userId: string): () => void {
    reload()
    return socket.follow(`user:${userId}`, null, hear)
  }

  function hear(event: ChannelEvent): void {
    if (event.type === 'reload') reload(true)
    if (event.type === 'conversation_updated') upsert(event.conversation)
    if (event.type === 'conversation_deleted') listings.forEach((listing) => listing.drop(event.conversation_id))
  }

  function reload(keep = false): void {
    void open.restart({ keep })
    void favourites.restart()
    if (archived.loaded.value) void archived.restart({ keep })
  }

  function upsert(conversation: Conversation): void {
    open.put(conversation, !conversation.archived)
    favourites.put(conversation, conversation.favorite && !conversation.archived)
    if (archived.loaded.value) archived.put(conversation, conversation.archived)
    if (found.items.value.some((item) => item.id === conversation.id)) found.put(conversation, true)
  }

  function find(id: string): Conversation | null {
    for (const listing of listings) {
      const item = listing.items.value.find((conversation) => conversation.id === id)
      if (item) return item
    }
    return null
  }

  /** Seen at once, put back when the server refuses. */
  async function change(id: string, wish: ConversationChange): Promise<void> {
    const before = find(id)
    if (before) upsert({ ...before, ...(wish as Partial<Conversation>) })
    try {
      upsert(await api.patch<Conversation>(`/chat/conversations/${id}`, wish))
    } catch (error) {
      if (before) upsert(before)
      useToasts().fail(error)
    }
  }

  async function archive(id: string, away: boolean): Promise<void> {
    await change(id, { archived: away })
    const undo = { label: 'Undo', run: () => change(id, { archived: !away }) }
    useToasts().show({ text: away ? 'Conversation archived' : 'Conversation restored', action: undo })
  }

  /** Deleted at once, with the way back in the toast; the server keeps it for 30 days. */
  async function remove(id: string): Promise<void> {
    const before = find(id)
    listings.forEach((listing) => listing.drop(id))
    try {
      await api.delete(`/chat/conversations/${id}`)
      useToasts().show({ text: 'Conversation deleted', action: { label: 'Undo', run: () => change(id, { deleted: false }) }, seconds: 12 })
    } catch (error) {
      if (before) upsert(before)
      useToasts().fail(error)
    }
  }

  const loadMore = () => shown.value.more()
  const retry = () => shown.value.restart()

  return { search, searching, folder, items, loading, loaded, failed, live, find, change, archive, remove, upsert, loadMore, retry }
})
