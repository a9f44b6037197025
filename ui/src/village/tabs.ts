/** The tabs of the village. A tab is there when its component is. */
import { defineAsyncComponent, type Component } from 'vue'

export interface VillageTab {
  readonly name: string
  readonly text: string
  readonly component: Component
}

const FOUND = import.meta.glob<{ default: Component }>('./*/*Tab.vue')
const ORDER = ['map', 'memory', 'threads', 'convergence', 'health', 'realms'] as const

export const TABS: readonly VillageTab[] = ORDER.flatMap((name) => {
  const text = name.slice(0, 1).toUpperCase() + name.slice(1)
  const load = FOUND[`./${name}/${text}Tab.vue`]
  return load ? [{ name, text, component: defineAsyncComponent(load) }] : []
})
