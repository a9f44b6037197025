/** Which key sends. */
import type { Preferences } from '@/wire'

type KeyPress = Pick<KeyboardEvent, 'key' | 'shiftKey' | 'ctrlKey' | 'metaKey' | 'altKey' | 'isComposing'>

/** Shift+Enter is always a new line; while a word is being composed (Japanese, Chinese) Enter only chooses it. */
export function isSendKey(event: KeyPress, sendWith: Preferences['send_with']): boolean {
  if (event.key !== 'Enter' || event.shiftKey || event.altKey || event.isComposing) return false
  return sendWith === 'enter' || event.ctrlKey || event.metaKey
}
