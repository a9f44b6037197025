/** A swarm, live: its items as they are told of, its budget asked for now and then. */
import { onBeforeUnmount, ref, shallowRef, watch } from 'vue'

import { ApiError, errorText } from '@/api'
import { paced } from '@/agents/pace'
import { compareSeq, type ChannelEvent } from '@/channels'
import { socket } from '@/socket'
import type { Swarm, SwarmUpdate } from '@/wire'

import { itemsOf, swarmOf } from './api'
import { Board } from './board'
import { isOver } from './words'

/** Items asked for at once. */
const PAGE = 1000
/** Between two questions for the whole swarm. */
export const PERIOD = 2000

export function useSwarm(wanted: () => string) {
  const swarm = shallowRef<Swarm | null>(null)
  const board = shallowRef(new Board())
  const failure = ref<string | null>(null)
  const missing = ref(false)
  /** The items are being read: how far, 0 to 1. */
  const reading = ref<number | null>(null)
  let newest = '0'
  let asking = new AbortController()
  let askingItems = new AbortController()
  let unfollow: () => void = () => undefined
  const soon = paced(() => void read(), PERIOD)

  async function read(): Promise<void> {
    const mine = asking
    const heard = newest
    try {
      const read = await swarmOf(wanted(), mine.signal)
      if (mine.signal.aborted) return
      swarm.value = heard === newest ? read : withCounts(read, swarm.value)
      board.value.grow(read.total)
      failure.value = null
    } catch (error) {
      if (mine.signal.aborted) return
      missing.value = error instanceof ApiError && error.status === 404
      failure.value = errorText(error)
    }
  }

  /** Page by page: the grid fills while it reads. */
  async function readItems(): Promise<void> {
    askingItems.abort()
    const mine = (askingItems = new AbortController())
    const items = board.value
    items.reading()
    reading.value = 0
    try {
      for (let after: number | null = 0; after !== null; ) {
        const page = await itemsOf(wanted(), after, PAGE, mine.signal)
        if (mine.signal.aborted) return
        items.read(page.items)
        reading.value = Math.min(1, (page.items.at(-1)?.n ?? 0) / Math.max(1, items.size))
        after = page.next_after
      }
      items.done()
    } catch (error) {
      if (!mine.signal.aborted) failure.value = errorText(error)
    } finally {
      if (!mine.signal.aborted) reading.value = null
    }
  }

  function hear(event: ChannelEvent): void {
    if (event.type === 'reload') return void reload()
    if (event.type === 'swarm_update') take(event)
  }

  function take(event: SwarmUpdate): void {
    const known = swarm.value
    if (event.item) board.value.tell(event.item)
    if (!known || compareSeq(event.seq, newest) < 0) return
    newest = event.seq
    const { status, total, completed, failed, cost_usd } = event
    swarm.value = { ...known, status, total, completed, failed, cost_usd }
    board.value.grow(total)
    // What an event does not say: budget, result, error, whether it is paused; and items that ended with the swarm.
    if (isOver(status) !== isOver(known.status)) void reload()
    else soon()
  }

  /** What a deed was answered with. */
  function show(told: Swarm): void {
    swarm.value = told
    board.value.grow(told.total)
    soon()
  }

  async function reload(): Promise<void> {
    await Promise.all([read(), readItems()])
  }

  watch(
    wanted,
    (id) => {
      leave()
      asking = new AbortController()
      board.value = new Board()
      swarm.value = failure.value = null
      missing.value = false
      newest = '0'
      unfollow = socket.follow(`swarm:${id}`, null, hear)
      void reload()
    },
    { immediate: true },
  )

  function leave(): void {
    unfollow()
    soon.stop()
    asking.abort()
    askingItems.abort()
    board.value.stop()
  }
  onBeforeUnmount(leave)
  return { swarm, board, failure, missing, reading, reload, show }
}

/** What was told while an answer was on its way may be newer than the answer. */
function withCounts(read: Swarm, known: Swarm | null): Swarm {
  if (!known || isOver(read.status)) return read
  const { status, total, completed, failed, cost_usd } = known
  return { ...read, status, total, completed, failed, cost_usd }
}
