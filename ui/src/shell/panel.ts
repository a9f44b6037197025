/** The sidebar: open or folded to a rail on wide screens (remembered), a drawer on phones (never open at first). */
import { ref, watch } from 'vue'

const KEY = 'apex.panel'

function remembered(): boolean {
  try {
    return localStorage.getItem(KEY) !== 'folded'
  } catch {
    return true
  }
}

export const panel = { open: ref(remembered()), drawer: ref(false), searchWanted: ref(0) }

watch(panel.open, (open) => {
  try {
    localStorage.setItem(KEY, open ? 'open' : 'folded')
  } catch {
    // Without storage the sidebar begins open next time.
  }
})

/** Open the sidebar, wherever it is, and put the cursor into its search field. */
export function searchConversations(wide: boolean): void {
  if (wide) panel.open.value = true
  else panel.drawer.value = true
  panel.searchWanted.value++
}
