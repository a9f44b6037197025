/** The time, once a second, for as long as somebody looks. */
import { onBeforeUnmount, readonly, ref, type Ref } from 'vue'

export function useClock(period = 1000): Readonly<Ref<number>> {
  const now = ref(Date.now())
  const timer = setInterval(() => {
    if (!document.hidden) now.value = Date.now()
  }, period)
  onBeforeUnmount(() => clearInterval(timer))
  return readonly(now)
}
