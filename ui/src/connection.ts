/** Whether to tell people that the line is gone: only when it stays gone, so that a blink goes unseen. */
import { readonly, ref, watch } from 'vue'
import { socket } from './socket'

const PATIENCE = 1_500

const lost = ref(false)
export const connection = { lost: readonly(lost) }

let timer: ReturnType<typeof setTimeout> | undefined

export function watchConnection(): void {
  watch(
    socket.state,
    (state) => {
      clearTimeout(timer)
      if (state === 'connecting') timer = setTimeout(() => (lost.value = true), PATIENCE)
      else lost.value = false
    },
    { immediate: true },
  )
  addEventListener('online', () => socket.nudge())
  addEventListener('offline', () => socket.nudge())
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') socket.nudge()
  })
}
