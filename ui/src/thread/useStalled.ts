/** True when something that should go on has not changed for a while: people then see that it is still being worked on. */
import { onScopeDispose, ref, watch, type Ref } from 'vue'

const PATIENCE = 2_000

export function useStalled(what: () => unknown): Readonly<Ref<boolean>> {
  const stalled = ref(false)
  let timer: ReturnType<typeof setTimeout> | undefined
  watch(
    what,
    (now) => {
      clearTimeout(timer)
      stalled.value = false
      if (now) timer = setTimeout(() => (stalled.value = true), PATIENCE)
    },
    { immediate: true },
  )
  onScopeDispose(() => clearTimeout(timer))
  return stalled
}
