/** How a person likes to see their files; remembered by the browser. */
import { ref, watch, type Ref } from 'vue'

import type { Order } from './workspace'

export const LAYOUTS: { value: 'list' | 'grid'; text: string }[] = [
  { value: 'list', text: 'List' },
  { value: 'grid', text: 'Grid' },
]
export const ORDERS: { value: Order; text: string }[] = [
  { value: 'name', text: 'By name' },
  { value: 'modified', text: 'Newest first' },
  { value: 'size', text: 'Largest first' },
]

export const layout = remembered('apex.files.layout', LAYOUTS)
export const order = remembered('apex.files.order', ORDERS)

function remembered<T extends string>(key: string, options: { value: T }[]): Ref<T> {
  const known = options.map(({ value }) => value)
  const value = ref(known.find((one) => one === stored(key)) ?? known[0]) as Ref<T>
  watch(value, (now) => {
    try {
      localStorage.setItem(key, now)
    } catch {
      // Without storage the first choice stands next time.
    }
  })
  return value
}

function stored(key: string): string | null {
  try {
    return localStorage.getItem(key)
  } catch {
    return null
  }
}
