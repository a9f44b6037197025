/** How well the chosen realm is kept, and making one of two. */
import { ref, shallowRef, watch } from 'vue'

import { errorText } from '@/api'
import { useToasts } from '@/stores/toasts'
import type { Consolidate, DuplicatePair, VillageHealth } from '@/wire'

import { consolidate, undoConsolidation, villageHealth } from '../api'
import { useVillage } from '../store'
import { useLive } from '../useLive'

export function useHealth() {
  const village = useVillage()
  const toasts = useToasts()
  const staleDays = ref('30')
  const health = shallowRef<VillageHealth | null>(null)
  const failure = ref<string | null>(null)
  /** The pair that is being made one, by its first id. */
  const busy = ref<string | null>(null)
  let count = 0

  async function reload(): Promise<void> {
    const realm = village.realm
    if (!realm) return
    const mine = ++count
    try {
      const found = await villageHealth({ realm_id: realm.id, stale_days: Number(staleDays.value) })
      if (mine !== count) return
      health.value = found
      failure.value = null
    } catch (error) {
      if (mine === count) failure.value = errorText(error)
    }
  }

  async function undo(id: string): Promise<void> {
    try {
      await undoConsolidation(id)
      toasts.show({ text: 'They are two again' })
    } catch (error) {
      toasts.fail(error)
    }
    await reload()
  }

  async function merge({ first, second }: DuplicatePair, keep: Consolidate['keep']): Promise<void> {
    if (busy.value) return
    busy.value = first.id
    try {
      const { undo_id } = await consolidate({ id1: first.id, id2: second.id, keep })
      toasts.show({ text: 'Made one of them', action: { label: 'Undo', run: () => undo(undo_id) }, seconds: 15 })
    } catch (error) {
      toasts.fail(error)
    } finally {
      busy.value = null
    }
    await reload()
  }

  watch(
    () => village.realm?.id,
    () => {
      health.value = null
      void reload()
    },
    { immediate: true },
  )
  watch(staleDays, reload)
  useLive(reload, ({ realm_id, event }) => realm_id === village.realm?.id && event.startsWith('knowledge_'))
  if (!village.loaded) void village.load()
  return { health, failure, staleDays, busy, reload, merge }
}
