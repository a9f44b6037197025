/** The agents that a person made themselves, the newest first, live. */
import { onBeforeUnmount, ref, shallowRef, watch } from 'vue'

import { errorText } from '@/api'
import type { ChannelEvent } from '@/channels'
import { socket } from '@/socket'
import { useAuth } from '@/stores/auth'
import type { Agent } from '@/wire'

import { listAgents } from './api'
import { refreshed, withAgent } from './merge'

export function useAgentList() {
  const status = ref('')
  const agents = shallowRef<readonly Agent[]>([])
  const loaded = ref(false)
  const loading = ref(false)
  const failure = ref<string | null>(null)
  const cursor = ref<string | null>(null)
  let asking: AbortController | null = null

  async function read(from: string | null): Promise<void> {
    asking?.abort()
    const mine = (asking = new AbortController())
    loading.value = true
    try {
      const page = await listAgents({ status: status.value || null, cursor: from }, mine.signal)
      if (asking !== mine) return
      const fresh = refreshed(agents.value, page.agents)
      agents.value = from === null ? fresh : [...agents.value, ...fresh.filter(({ id }) => !agents.value.some((one) => one.id === id))]
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

  /** One that no longer fits what is looked for goes; one that was made elsewhere comes on top. */
  function take(agent: Agent): void {
    if (agent.level > 0 || agent.swarm_id || agent.council_id) return
    const known = agents.value.some(({ id }) => id === agent.id)
    const fits = !status.value || agent.status === status.value
    if (fits && (known || loaded.value)) agents.value = withAgent(agents.value, agent, 'first')
    else if (!fits && known) agents.value = agents.value.filter(({ id }) => id !== agent.id)
  }

  function hear(event: ChannelEvent): void {
    if (event.type === 'reload') void reload()
    else if (event.type === 'agent_update') take(event.agent)
  }

  const user = useAuth().user
  const unfollow = user ? socket.follow(`user:${user.id}`, null, hear) : () => undefined
  watch(status, () => {
    agents.value = []
    loaded.value = false
    void reload()
  })
  onBeforeUnmount(() => {
    unfollow()
    asking?.abort()
    asking = null
  })
  void reload()
  return { status, agents, loaded, loading, failure, cursor, reload, more, take }
}
