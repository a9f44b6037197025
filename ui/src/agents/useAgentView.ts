/** One agent with all below it, live: events tell of the agents, its budget is asked for again now and then. */
import { computed, onBeforeUnmount, ref, shallowRef, watch } from 'vue'

import { ApiError, errorText } from '@/api'
import type { ChannelEvent } from '@/channels'
import { socket } from '@/socket'
import type { Agent, AgentView, Budget } from '@/wire'

import { viewAgent } from './api'
import { later, refreshed, withAgent } from './merge'
import { paced } from './pace'
import { isOver } from './status'

/** Between two questions for the budget. */
export const PERIOD = 1500
/** Agents below one of a swarm or a council, which are told of on their own channels only. */
const FOLLOWED = 50

export function useAgentView(wanted: () => string | null, live = true) {
  const top = shallowRef<Agent | null>(null)
  const below = shallowRef<readonly Agent[]>([])
  const budget = shallowRef<Budget | null>(null)
  const failure = ref<string | null>(null)
  const missing = ref(false)
  const agents = computed(() => (top.value ? [top.value, ...below.value] : []))
  let asking: AbortController | null = null
  const follows = new Map<string, () => void>()
  const soon = paced(() => void read(), PERIOD)

  async function read(): Promise<void> {
    const id = wanted()
    if (id === null) return
    asking?.abort()
    const mine = (asking = new AbortController())
    try {
      const view = await viewAgent(id, mine.signal)
      if (asking === mine) show(view)
    } catch (error) {
      if (asking !== mine) return
      missing.value = error instanceof ApiError && error.status === 404
      failure.value = errorText(error)
    }
  }

  function show(view: AgentView): void {
    const first = top.value?.id !== view.agent.id
    top.value = later(first ? undefined : (top.value ?? undefined), view.agent)
    const read = refreshed(below.value, view.below)
    // One that was told of while the answer was on its way is not in it.
    const told = first ? [] : below.value.filter(({ id }) => !read.some((agent) => agent.id === id))
    below.value = [...read, ...told]
    budget.value = view.budget
    failure.value = null
    missing.value = false
    follow()
  }

  /** Its own channel, and that of the one at the top: there its descendants are told of. */
  function follow(): void {
    if (!live || !top.value) return
    const { id, root_id, swarm_id, council_id } = top.value
    const below = swarm_id || council_id ? open().slice(0, FOLLOWED) : [root_id]
    const wanted = new Set([id, ...below].map((one) => `agent:${one}`))
    for (const channel of wanted) if (!follows.has(channel)) follows.set(channel, socket.follow(channel, null, hear))
    for (const channel of [...follows.keys()].filter((one) => !wanted.has(one))) {
      follows.get(channel)?.()
      follows.delete(channel)
    }
  }

  const open = () => below.value.filter(({ status }) => !isOver(status)).map(({ id }) => id)

  function hear(event: ChannelEvent): void {
    if (event.type === 'reload') return soon()
    if (event.type === 'agent_update') take(event.agent)
  }

  /** What concerns this tree: it, or one that is made by one of it. */
  function take(agent: Agent): void {
    const known = agents.value
    const ended = isOver(agent.status) && known.some(({ id, status }) => id === agent.id && !isOver(status))
    if (agent.id === top.value?.id) top.value = later(top.value, agent)
    else if (known.some(({ id }) => id === agent.id || id === agent.parent_id)) below.value = withAgent(below.value, agent, 'last')
    else return
    // What it came to is of interest at once; the last call may be settled a moment later.
    if (ended && agent.id === top.value?.id) void read()
    soon()
  }

  function unfollow(): void {
    follows.forEach((stop) => stop())
    follows.clear()
  }

  watch(
    wanted,
    () => {
      unfollow()
      soon.stop()
      top.value = budget.value = failure.value = null
      below.value = []
      missing.value = false
      void read()
    },
    { immediate: true },
  )
  onBeforeUnmount(() => {
    unfollow()
    soon.stop()
    asking?.abort()
    asking = null
  })
  return { top, below, budget, agents, failure, missing, read, take, soon }
}
