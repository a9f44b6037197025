/** Where several agents agree, page by page and live. */
import { ref, shallowRef, watch } from 'vue'

import { errorText } from '@/api'
import { useToasts } from '@/stores/toasts'
import type { Convergence, VillageEvent } from '@/wire'

import { answerConvergence, convergenceOf, findConvergence, listConvergence } from '../api'
import { useVillage } from '../store'
import { useLive } from '../useLive'
import { upserted } from './sayings'

export type Status = '' | Convergence['status']
const PAGE = 30

export function useConvergence() {
  const village = useVillage()
  const toasts = useToasts()
  const status = ref<Status>('open')
  const all = shallowRef<readonly Convergence[] | null>(null)
  const cursor = ref<string | null>(null)
  const failure = ref<string | null>(null)
  const finding = ref(false)
  let count = 0

  async function read(from: string | null): Promise<void> {
    const realm = village.realm
    if (!realm) return
    const mine = ++count
    try {
      const page = await listConvergence({ realm_id: realm.id, status: status.value, limit: PAGE, cursor: from })
      if (mine !== count) return
      all.value = from === null ? page.convergences : [...(all.value ?? []), ...page.convergences]
      cursor.value = page.next_cursor
      failure.value = null
    } catch (error) {
      if (mine === count) failure.value = errorText(error)
    }
  }

  const reload = (): Promise<void> => read(null)

  function put(one: Convergence): void {
    const shown = status.value === '' || one.status === status.value
    if (shown) all.value = upserted(all.value ?? [], one)
    else all.value = (all.value ?? []).filter(({ id }) => id !== one.id)
  }

  async function answer(one: Convergence, to: 'confirmed' | 'dismissed'): Promise<void> {
    if (one.id === null) return // only looked for: nothing is kept that could be answered
    try {
      put(await answerConvergence(one.id, to))
      toasts.show({ text: to === 'confirmed' ? 'Confirmed: they do agree' : 'Dismissed: they do not agree' })
    } catch (error) {
      toasts.fail(error)
      await reload()
    }
  }

  async function find(hours: number): Promise<void> {
    const realm = village.realm
    if (!realm || finding.value) return
    finding.value = true
    try {
      const { convergences } = await findConvergence(realm.id, hours)
      const many = convergences.length
      toasts.show({ text: many ? `${many} ${many === 1 ? 'agreement' : 'agreements'} in what was said lately` : 'No agreement in what was said lately' })
      await reload()
    } catch (error) {
      toasts.fail(error)
    } finally {
      finding.value = false
    }
  }

  /** The event names it only: what it says is asked for, as this person may read it. */
  async function hear({ event, realm_id, data }: VillageEvent): Promise<void> {
    const id = data.convergence_id
    if (realm_id !== village.realm?.id || !event.startsWith('convergence') || typeof id !== 'string') return
    const one = await convergenceOf(id).catch(() => null)
    if (one && one.realm_id === village.realm.id) put(one)
  }

  watch(
    () => [village.realm?.id, status.value],
    () => {
      all.value = null
      void reload()
    },
    { immediate: true },
  )
  useLive(reload, () => false, (event) => void hear(event))
  if (!village.loaded) void village.load()
  return { all, status, cursor, failure, finding, reload, more: () => read(cursor.value), answer, find }
}
