/** Keys of the conversation view. */
import { onBeforeUnmount, onMounted } from 'vue'

export interface ThreadKeys {
  stop(): boolean
  find(): boolean
  shortcuts(): void
  compose(): void
}

export type ThreadKey = keyof ThreadKeys

type Press = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>

export function threadKeyOf(event: Press, typing: boolean): ThreadKey | null {
  if (event.altKey) return null
  if (event.ctrlKey || event.metaKey) return event.key.toLowerCase() === 'f' && !event.shiftKey ? 'find' : null
  if (event.key === 'Escape') return 'stop'
  if (typing) return null
  return event.key === '?' ? 'shortcuts' : event.key === '/' ? 'compose' : null
}

export function useThreadKeys(keys: ThreadKeys): void {
  function hear(event: KeyboardEvent): void {
    if (event.defaultPrevented || document.querySelector('[role="dialog"], [role="menu"]')) return
    const key = threadKeyOf(event, isTyping(event.target))
    if (key && keys[key]() !== false) event.preventDefault()
  }
  onMounted(() => addEventListener('keydown', hear))
  onBeforeUnmount(() => removeEventListener('keydown', hear))
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
}
