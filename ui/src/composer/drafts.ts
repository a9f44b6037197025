/** What was typed and not sent, one text a conversation: it survives a reload. */

const PREFIX = 'apex.draft.'
const KEPT = 50

export function loadDraft(key: string): string {
  try {
    return localStorage.getItem(PREFIX + key) ?? ''
  } catch {
    return ''
  }
}

/** Best effort: a full or forbidden storage must not stop anybody from typing. */
export function saveDraft(key: string, text: string): void {
  try {
    localStorage.removeItem(PREFIX + key)
    if (!text.trim()) return
    localStorage.setItem(PREFIX + key, text)
    const all = Object.keys(localStorage).filter((name) => name.startsWith(PREFIX))
    if (all.length > KEPT) all.slice(0, all.length - KEPT).forEach((name) => localStorage.removeItem(name))
  } catch {
    return
  }
}
