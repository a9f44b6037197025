/** For as long as a component is there: hears the village, and reads anew when something was missed or happened. */
import { onBeforeUnmount } from 'vue'

import type { VillageEvent } from '@/wire'

import { useVillage, type VillageHandler } from './store'

const PAUSE = 300

/** `reload` comes once for many events that come together; `run` for each. */
export function useLive(reload: () => unknown, concerns: (event: VillageEvent) => boolean, run: VillageHandler = () => undefined): void {
  let timer: ReturnType<typeof setTimeout> | undefined
  const soon = () => {
    clearTimeout(timer)
    timer = setTimeout(() => void reload(), PAUSE)
  }
  const stop = useVillage().on((event) => {
    run(event)
    if (concerns(event)) soon()
  }, soon)
  onBeforeUnmount(() => {
    clearTimeout(timer)
    stop()
  })
}
