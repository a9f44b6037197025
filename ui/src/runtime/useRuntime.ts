/** The runtime, live: asked every two seconds while somebody looks at it. */
import { onBeforeUnmount, onMounted, readonly, ref, shallowRef } from 'vue'
import { api, errorText } from '@/api'
import type { RuntimeState } from '@/wire'

export const PERIOD = 2000

export function useRuntime() {
  const state = shallowRef<RuntimeState | null>(null)
  const failure = ref<string | null>(null)
  let timer: ReturnType<typeof setTimeout> | undefined
  let asking: AbortController | null = null

  async function ask(): Promise<void> {
    clearTimeout(timer)
    asking?.abort()
    const mine = (asking = new AbortController())
    try {
      state.value = await api.get<RuntimeState>('/runtime', { signal: mine.signal })
      failure.value = null
    } catch (error) {
      if (mine.signal.aborted) return
      failure.value = errorText(error)
    }
    if (!document.hidden) timer = setTimeout(() => void ask(), PERIOD)
  }

  /** Nobody looks at a hidden page. */
  function look(): void {
    if (document.hidden) clearTimeout(timer)
    else void ask()
  }

  onMounted(() => {
    document.addEventListener('visibilitychange', look)
    void ask()
  })
  onBeforeUnmount(() => {
    document.removeEventListener('visibilitychange', look)
    clearTimeout(timer)
    asking?.abort()
  })
  return { state, failure: readonly(failure), ask }
}
