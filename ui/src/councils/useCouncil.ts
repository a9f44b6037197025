/** One council, live: what happens there makes it be read anew, once for many things that happen together. */
import { onBeforeUnmount, ref, shallowRef, watch } from 'vue'

import { announce } from '@/announce'
import { ApiError, errorText } from '@/api'
import type { ChannelEvent } from '@/channels'
import { socket } from '@/socket'
import { useToasts } from '@/stores/toasts'
import type { Council, CouncilUpdate } from '@/wire'

import { councilOf, tell, type Deed } from './api'
import { spoken } from './standing'

export const PAUSE = 200

export function useCouncil(id: () => string) {
  const toasts = useToasts()
  const council = shallowRef<Council | null>(null)
  const failure = ref<string | null>(null)
  const busy = ref<Deed | null>(null)
  let asking: AbortController | null = null
  let timer: ReturnType<typeof setTimeout> | undefined
  let unfollow: (() => void) | null = null
  let heard: CouncilUpdate[] = []

  async function load(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    asking?.abort()
    const mine = (asking = new AbortController())
    const news = heard
    heard = []
    try {
      council.value = await councilOf(id(), mine.signal)
      failure.value = null
      news.map((one) => spoken(one, council.value)).forEach((text) => text && announce(text))
    } catch (error) {
      if (mine.signal.aborted) heard = [...news, ...heard]
      else failure.value = error instanceof ApiError && error.status === 404 ? 'There is no such council.' : errorText(error)
    }
  }

  /** The first of many waits for the others; those that come later do not put it off. */
  function soon(): void {
    timer ??= setTimeout(() => void load(), PAUSE)
  }

  function hear(event: ChannelEvent): void {
    if (event.type === 'council_update') heard.push(event)
    else if (event.type !== 'reload') return
    soon()
  }

  async function act(deed: Deed): Promise<void> {
    if (busy.value) return
    busy.value = deed
    try {
      await tell(id(), deed)
      await load()
    } catch (error) {
      toasts.fail(error)
    } finally {
      busy.value = null
    }
  }

  function leave(): void {
    clearTimeout(timer)
    timer = undefined
    heard = []
    asking?.abort()
    unfollow?.()
  }

  watch(
    id,
    (one) => {
      leave()
      council.value = null
      void load()
      unfollow = socket.follow(`council:${one}`, null, hear)
    },
    { immediate: true },
  )
  onBeforeUnmount(leave)
  return { council, failure, busy, load, act }
}
