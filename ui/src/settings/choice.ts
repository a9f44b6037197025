/** A preference as a writable ref: read from the store, saved when changed, put back with a note when that fails. */
import { computed, type WritableComputedRef } from 'vue'
import { usePreferences } from '@/stores/preferences'
import { useToasts } from '@/stores/toasts'
import type { Preferences } from '@/wire'

export function usePreference<Key extends keyof Preferences>(key: Key): WritableComputedRef<Preferences[Key]> {
  const preferences = usePreferences()
  const toasts = useToasts()
  return computed({
    get: () => preferences.values[key],
    set: (value) => {
      preferences.save({ [key]: value } as Partial<Preferences>).catch(toasts.fail)
    },
  })
}

export interface Option {
  value: string
  text: string
}

const BUDGETS: [tokens: number, text: string][] = [
  [0, 'Off'],
  [2_048, 'Short (2,048 tokens)'],
  [8_192, 'Medium (8,192 tokens)'],
  [16_384, 'Long (16,384 tokens)'],
  [32_768, 'Very long (32,768 tokens)'],
]

/** The budgets for thinking; one that was set elsewhere stays choosable. */
export function thinkingOptions(current: number): Option[] {
  const own: [number, string][] = BUDGETS.some(([tokens]) => tokens === current) ? [] : [[current, `${current.toLocaleString('en')} tokens`]]
  return [...BUDGETS, ...own].sort(([one], [other]) => one - other).map(([tokens, text]) => ({ value: String(tokens), text }))
}
