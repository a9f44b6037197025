/** Keys that work everywhere: Ctrl/⌘K searches, Ctrl/⌘⇧O begins a conversation, Ctrl/⌘B folds the sidebar. */
import { onBeforeUnmount, onMounted } from 'vue'

export interface Shortcuts {
  search: () => void
  compose: () => void
  fold: () => void
}

export const onApple = /Mac|iPhone|iPad/.test(navigator.userAgent)

export function keyName(key: string): string {
  return onApple ? `⌘${key}` : `Ctrl ${key}`
}

export function shortcutOf(event: KeyboardEvent): keyof Shortcuts | null {
  if (!(event.ctrlKey || event.metaKey) || event.altKey) return null
  const key = event.key.toLowerCase()
  if (key === 'k' && !event.shiftKey) return 'search'
  if (key === 'o' && event.shiftKey) return 'compose'
  if (key === 'b' && !event.shiftKey) return 'fold'
  return null
}

export function useShortcuts(run: Shortcuts): void {
  const hear = (event: KeyboardEvent) => {
    const shortcut = shortcutOf(event)
    if (!shortcut) return
    event.preventDefault()
    run[shortcut]()
  }
  onMounted(() => addEventListener('keydown', hear))
  onBeforeUnmount(() => removeEventListener('keydown', hear))
}
