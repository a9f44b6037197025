/** Light, dark, or what the system says. Kept in the browser so that public/theme.js can set it before the first paint. */
import { readonly, ref } from 'vue'
import type { Preferences } from './wire'

export type Theme = Preferences['theme']

const KEY = 'apex.theme'
const system = matchMedia('(prefers-color-scheme: dark)')
const chosen = ref<Theme>(stored())
export const theme = readonly(chosen)

export function setTheme(next: Theme): void {
  chosen.value = next
  try {
    localStorage.setItem(KEY, next)
  } catch {
    // Storage can be forbidden; the choice then holds until the page is closed.
  }
  apply()
}

export function watchSystemTheme(): void {
  system.addEventListener('change', apply)
  apply()
}

function apply(): void {
  const root = document.documentElement
  const dark = chosen.value === 'dark' || (chosen.value === 'system' && system.matches)
  const next = dark ? 'dark' : 'light'
  if (root.dataset.theme === next) return
  // All at once: colours that fade one by one would be unreadable on the way.
  root.dataset.switching = ''
  root.dataset.theme = next
  void getComputedStyle(root).color
  requestAnimationFrame(() => delete root.dataset.switching)
}

function stored(): Theme {
  try {
    const value = localStorage.getItem(KEY)
    return value === 'light' || value === 'dark' ? value : 'system'
  } catch {
    return 'system'
  }
}
