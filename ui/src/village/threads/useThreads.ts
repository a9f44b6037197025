/** The threads of the chosen realm, and what one can do with them. */
import { onBeforeUnmount, ref, shallowRef, watch } from 'vue'

import { errorText } from '@/api'
import { useToasts } from '@/stores/toasts'
import type { Thread, ThreadChange } from '@/wire'

import { changeThread, createThread, listThreads } from '../api'
import { useVillage } from '../store'

export function useThreads() {
  const village = useVillage()
  const toasts = useToasts()
  const threads = shallowRef<readonly Thread[] | null>(null)
  const archived = ref(false)
  const failure = ref<string | null>(null)
  let count = 0

  async function reload(): Promise<void> {
    const realm = village.realm
    if (!realm) return
    const mine = ++count
    try {
      const found = await listThreads({ realm_id: realm.id, archived: archived.value })
      if (mine !== count) return
      threads.value = found.threads.filter((thread) => Boolean(thread.archived_at) === archived.value)
      failure.value = null
    } catch (error) {
      if (mine === count) failure.value = errorText(error)
    }
  }

  async function change({ id }: Thread, wish: ThreadChange, text: string | null = null): Promise<void> {
    try {
      await changeThread(id, wish)
      if (text) toasts.show({ text })
    } catch (error) {
      toasts.fail(error)
    }
    await reload()
  }

  async function archive(thread: Thread): Promise<void> {
    const to = !thread.archived_at
    const undo = { label: 'Undo', run: () => change(thread, { archived: !to }) }
    try {
      await changeThread(thread.id, { archived: to })
      toasts.show({ text: `${thread.title} ${to ? 'archived' : 'taken out of the archive'}`, action: undo })
    } catch (error) {
      toasts.fail(error)
    }
    await reload()
  }

  /** One place up or down: it takes the position of its neighbour, and the others make room. */
  async function move(thread: Thread, by: 1 | -1): Promise<void> {
    const all = threads.value ?? []
    const neighbour = all[all.findIndex(({ id }) => id === thread.id) + by]
    if (neighbour) await change(thread, { position: neighbour.position })
  }

  async function create(title: string): Promise<Thread | null> {
    try {
      const made = await createThread({ realm_id: village.realm?.id ?? null, name: title.slice(0, 100), title })
      await reload()
      return made
    } catch (error) {
      toasts.fail(error)
      return null
    }
  }

  watch(
    () => [village.realm?.id, archived.value],
    () => {
      threads.value = null
      void reload()
    },
    { immediate: true },
  )
  onBeforeUnmount(() => (count = -1))
  if (!village.loaded) void village.load()
  return { threads, archived, failure, reload, change, archive, move, create }
}
