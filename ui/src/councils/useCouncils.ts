/** The person's councils, the newest first. Those that are at work are followed, so that the list stays true. */
import { onBeforeUnmount, ref, shallowRef } from 'vue'

import { errorText } from '@/api'
import { socket } from '@/socket'
import type { CouncilListed } from '@/wire'

import { listCouncils } from './api'
import { LIVE } from './standing'

const PAUSE = 400
const MOST_FOLLOWED = 20

export function useCouncils() {
  const councils = shallowRef<readonly CouncilListed[] | null>(null)
  const cursor = ref<string | null>(null)
  const failure = ref<string | null>(null)
  const followed = new Map<string, () => void>()
  let timer: ReturnType<typeof setTimeout> | undefined
  let count = 0

  /** From the beginning, as far as one had read. */
  async function read(least: number): Promise<void> {
    const mine = ++count
    try {
      const found: CouncilListed[] = []
      let from: string | null = null
      do {
        const page = await listCouncils(from)
        found.push(...page.councils)
        from = page.next_cursor
      } while (from && found.length < least)
      if (mine !== count) return
      councils.value = found
      cursor.value = from
      failure.value = null
      follow(found)
    } catch (error) {
      if (mine === count) failure.value = errorText(error)
    }
  }

  function follow(found: readonly CouncilListed[]): void {
    const live = new Set(found.filter(({ status }) => LIVE.has(status)).slice(0, MOST_FOLLOWED).map(({ id }) => id))
    for (const [id, stop] of followed) {
      if (live.has(id)) continue
      stop()
      followed.delete(id)
    }
    for (const id of live) {
      if (!followed.has(id)) followed.set(id, socket.follow(`council:${id}`, null, ({ type }) => type === 'council_update' && soon()))
    }
  }

  function soon(): void {
    timer ??= setTimeout(() => {
      timer = undefined
      void reload()
    }, PAUSE)
  }

  const reload = () => read(councils.value?.length ?? 0)
  const more = () => read((councils.value?.length ?? 0) + 1)

  onBeforeUnmount(() => {
    count = -1
    clearTimeout(timer)
    followed.forEach((stop) => stop())
  })
  void reload()
  return { councils, cursor, failure, reload, more }
}
