/** What was used in the days that one looks at. */
import { computed, onBeforeUnmount, readonly, ref, shallowRef, watch } from 'vue'
import { datesUntil } from './days'
import { api, errorText } from '@/api'
import type { Usage } from '@/wire'

export const SPANS = [
  { value: '7', text: '7 days' },
  { value: '30', text: '30 days' },
  { value: '90', text: '90 days' },
]

export function useUsage() {
  const span = ref('30')
  const usage = shallowRef<Usage | null>(null)
  const failure = ref<string | null>(null)
  const dates = computed(() => datesUntil(new Date(), Number(span.value)))
  let asking: AbortController | null = null

  async function load(): Promise<void> {
    asking?.abort()
    const mine = (asking = new AbortController())
    failure.value = null
    try {
      const query = { from: dates.value[0], to: dates.value.at(-1) }
      usage.value = await api.get<Usage>('/user/usage', { query, signal: mine.signal })
    } catch (error) {
      if (!mine.signal.aborted) failure.value = errorText(error)
    }
  }

  watch(span, load, { immediate: true })
  onBeforeUnmount(() => asking?.abort())
  return { span, usage, dates, failure: readonly(failure), load }
}
