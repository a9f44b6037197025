/** The realms that a person may enter, the one that they look at, and what happens there now. */
import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'

import { errorText } from '@/api'
import type { ChannelEvent } from '@/channels'
import { socket } from '@/socket'
import type { Realm, VillageEvent } from '@/wire'

import { listRealms } from './api'

const KEY = 'apex.realm'
const KEPT_EVENTS = 100

export type VillageHandler = (event: VillageEvent) => void

interface Listener {
  readonly run: VillageHandler
  readonly gap: () => void
}

export const useVillage = defineStore('village', () => {
  const realms = shallowRef<readonly Realm[]>([])
  const loaded = ref(false)
  const failure = ref<string | null>(null)
  const events = shallowRef<readonly VillageEvent[]>([])
  const chosen = ref(localStorage.getItem(KEY))
  /** The chosen one, else the village of the person's own agents. */
  const realm = computed(() => find(chosen.value) ?? realms.value.find(({ home }) => home) ?? realms.value[0] ?? null)
  const listeners = new Set<Listener>()
  const followed = new Map<string, () => void>()
  let asking: Promise<void> | null = null

  function find(id: string | null): Realm | undefined {
    return realms.value.find((one) => one.id === id)
  }

  function choose(id: string): void {
    chosen.value = id
    localStorage.setItem(KEY, id)
  }

  /** Read the realms; whoever asks meanwhile gets the same answer. */
  function load(): Promise<void> {
    asking ??= read().finally(() => (asking = null))
    return asking
  }

  async function read(): Promise<void> {
    try {
      realms.value = (await listRealms()).realms
      failure.value = null
      loaded.value = true
      follow()
    } catch (error) {
      failure.value = errorText(error)
    }
  }

  /** Hear every realm that is there, and none that is gone. */
  function follow(): void {
    const there = new Set(realms.value.map(({ id }) => id))
    for (const [id, stop] of followed) {
      if (there.has(id)) continue
      stop()
      followed.delete(id)
    }
    for (const id of there) if (!followed.has(id)) followed.set(id, socket.follow(`realm:${id}`, null, hear))
  }

  function hear(event: ChannelEvent): void {
    if (event.type === 'reload') return listeners.forEach(({ gap }) => gap())
    if (event.type !== 'village_event') return
    events.value = [...events.value, event].slice(-KEPT_EVENTS)
    listeners.forEach(({ run }) => run(event))
    if (event.event === 'realm_changed') void load()
  }

  /** Hear what happens in any realm; `gap` when something may have been missed: read anew. Answers how to stop. */
  function on(run: VillageHandler, gap: () => void = () => undefined): () => void {
    const listener = { run, gap }
    listeners.add(listener)
    return () => void listeners.delete(listener)
  }

  return { realms, realm, loaded, failure, events, find, choose, load, on }
})
