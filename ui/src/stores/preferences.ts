/** What the person prefers: read once, changed at once, put back when the server says no. */
import { defineStore } from 'pinia'
import { ref } from 'vue'
import { api } from '@/api'
import { setTheme } from '@/theme'
import type { Preferences } from '@/wire'

const DEFAULTS: Preferences = {
  model: null,
  context_strategy: 'balanced',
  thinking_tokens: 0,
  theme: 'system',
  send_with: 'enter',
  instructions: '',
  memories: true,
  tool_preset: 'standard',
  tool_rules: {},
}

export const usePreferences = defineStore('preferences', () => {
  const values = ref<Preferences>({ ...DEFAULTS })
  let saving: Promise<unknown> = Promise.resolve()

  async function load(): Promise<void> {
    values.value = { ...DEFAULTS, ...(await api.get<Partial<Preferences>>('/user/preferences')) }
    setTheme(values.value.theme)
  }

  /** Saves go out one after another, so that the last choice is the one that stays. */
  async function save(change: Partial<Preferences>): Promise<void> {
    const before = { ...values.value }
    values.value = { ...values.value, ...change }
    if (change.theme) setTheme(change.theme)
    const write = saving.then(() => api.put('/user/preferences', change))
    saving = write.catch(() => undefined)
    try {
      await write
    } catch (error) {
      const changed = Object.keys(change) as (keyof Preferences)[]
      values.value = { ...values.value, ...Object.fromEntries(changed.map((key) => [key, before[key]])) }
      setTheme(values.value.theme)
      throw error
    }
  }

  return { values, load, save }
})
