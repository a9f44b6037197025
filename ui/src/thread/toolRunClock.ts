/** How long a tool runs already, and what a person unfolded. Kept while the page lives: a row is drawn anew when one scrolls back to it. */
import { onScopeDispose, ref, watch, type Ref } from 'vue'

const KEPT = 500
const TICK = 1000
const begun = new Map<string, number>()
const folds = new Map<string, boolean>()

/** Seconds since this page first saw it run, or since `from`; null while it does not run. */
export function useSecondsRun(id: () => string, running: () => boolean, from: () => number | null): Readonly<Ref<number | null>> {
  const seconds = ref<number | null>(null)
  let timer: ReturnType<typeof setInterval> | undefined

  function tick(): void {
    const now = Date.now()
    const began = begun.get(id()) ?? Math.min(from() ?? now, now)
    if (!begun.has(id())) keep(begun, id(), began)
    seconds.value = Math.floor((now - began) / 1000)
  }

  watch(
    running,
    (runs) => {
      clearInterval(timer)
      seconds.value = null
      if (!runs) return
      tick()
      timer = setInterval(tick, TICK)
    },
    { immediate: true },
  )
  onScopeDispose(() => clearInterval(timer))
  return seconds
}

/** What the person chose; undefined: nothing yet. */
export function foldOf(id: string): boolean | undefined {
  return folds.get(id)
}

export function setFold(id: string, open: boolean): void {
  keep(folds, id, open)
}

function keep<T>(kept: Map<string, T>, id: string, value: T): void {
  kept.set(id, value)
  if (kept.size > KEPT) kept.delete(kept.keys().next().value ?? '')
}
