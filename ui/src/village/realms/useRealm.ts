/** One realm with its members and invitations, and what its keepers do with it. */
import { computed, ref, shallowRef, watch } from 'vue'

import { errorText } from '@/api'
import { useToasts } from '@/stores/toasts'
import type { Invite, RealmMember } from '@/wire'

import { listInvites, listMembers } from '../api'
import { useVillage } from '../store'
import { useLive } from '../useLive'
import { mayKeep } from './rights'

export function useRealm() {
  const village = useVillage()
  const toasts = useToasts()
  const members = shallowRef<readonly RealmMember[] | null>(null)
  const invites = shallowRef<readonly Invite[]>([])
  const failure = ref<string | null>(null)
  const keeps = computed(() => village.realm !== null && mayKeep(village.realm))
  let count = 0

  async function reload(): Promise<void> {
    const realm = village.realm
    if (!realm) return
    const mine = ++count
    try {
      const [who, asked] = await Promise.all([listMembers(realm.id), mayKeep(realm) ? listInvites(realm.id) : { invites: [] }])
      if (mine !== count) return
      members.value = who.members
      invites.value = asked.invites
      failure.value = null
    } catch (error) {
      if (mine === count) failure.value = errorText(error)
    }
  }

  /** Does it, says so, and reads what is there now. */
  async function attempt(run: () => Promise<unknown>, text: string): Promise<boolean> {
    try {
      await run()
      toasts.show({ text })
      return true
    } catch (error) {
      toasts.fail(error)
      return false
    } finally {
      await Promise.all([village.load(), reload()])
    }
  }

  watch(
    () => [village.realm?.id, village.realm?.role],
    ([id], before) => {
      if (id !== before?.[0]) members.value = null
      void reload()
    },
    { immediate: true },
  )
  useLive(reload, ({ realm_id, event }) => realm_id === village.realm?.id && event === 'realm_changed')
  void village.load()
  return { members, invites, failure, keeps, reload, attempt }
}
