/** A person's swarms, the newest first, live. */
import { onBeforeUnmount, ref, shallowRef } from 'vue'

import { paced } from '@/agents/pace'
import { errorText } from '@/api'
import type { ChannelEvent } from '@/channels'
import { socket } from '@/socket'
import { useAuth } from '@/stores/auth'
import type { Swarm } from '@/wire'

import { listSwarms } from './api'

const PAUSE = 1000

export function useSwarmList() {
  const swarms = shallowRef<readonly Swarm[]>([])
  const loaded = ref(false)
  const loading = ref(false)
  const failure = ref<string | null>(null)
  const cursor = ref<string | null>(null)
  let asking: AbortController | null = null
  const soon = paced(() => void read(null), PAUSE)

  async function read(from: string | null): Promise<void> {
    asking?.abort()
    const mine = (asking = new AbortController())
    loading.value = true
    try {
      const page = await listSwarms({ cursor: from }, mine.signal)
      if (asking !== mine) return
      const rest = from === null ? [] : swarms.value.filter(({ id }) => !page.swarms.some((one) => one.id === id))
      swarms.value = [...rest, ...page.swarms]
      cursor.value = page.next_cursor
      failure.value = null
      loaded.value = true
    } catch (error) {
      if (asking === mine) failure.value = errorText(error)
    } finally {
      if (asking === mine) loading.value = false
    }
  }

  const reload = (): Promise<void> => read(null)
  const more = (): Promise<void> => (cursor.value === null || loading.value ? Promise.resolve() : read(cursor.value))

  function hear(event: ChannelEvent): void {
    if (event.type === 'reload') return soon()
    if (event.type !== 'swarm_update') return
    const { swarm_id, status, total, completed, failed, cost_usd } = event
    const at = swarms.value.findIndex(({ id }) => id === swarm_id)
    const known = swarms.value[at]
    // One that was made elsewhere: an event does not say its name.
    if (!known) return soon()
    swarms.value = swarms.value.with(at, { ...known, status, total, completed, failed, cost_usd })
  }

  const user = useAuth().user
  const unfollow = user ? socket.follow(`user:${user.id}`, null, hear) : () => undefined
  onBeforeUnmount(() => {
    unfollow()
    soon.stop()
    asking?.abort()
    asking = null
  })
  void reload()
  return { swarms, loaded, loading, failure, cursor, reload, more }
}
