/** How much room the files take; asked anew after each change, once for many. */
import { onScopeDispose, shallowRef } from 'vue'

import type { FileUsage } from '@/wire'

import { fileUsage } from './workspace'

const PAUSE = 300

export function useUsage() {
  const usage = shallowRef<FileUsage | null>(null)
  let timer: ReturnType<typeof setTimeout> | undefined

  /** The bar is a side matter: when it can't be had, what was known stays. */
  function ask(): void {
    fileUsage().then(
      (found) => (usage.value = found),
      () => undefined,
    )
  }

  function measure(): void {
    clearTimeout(timer)
    timer = setTimeout(ask, PAUSE)
  }

  ask()
  onScopeDispose(() => clearTimeout(timer))
  return { usage, measure }
}
