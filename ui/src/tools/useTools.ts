/** The tools there are, as they are looked for. */
import { onBeforeUnmount, readonly, ref, shallowRef, watch } from 'vue'
import { api, errorText } from '@/api'
import type { ListedTool, ToolFamily, Tools } from '@/wire'

export const PAUSE = 200

export function useTools() {
  const words = ref('')
  const tools = shallowRef<ListedTool[] | null>(null)
  const families = shallowRef<ToolFamily[]>([])
  const failure = ref<string | null>(null)
  let timer: ReturnType<typeof setTimeout> | undefined
  let asking: AbortController | null = null

  /** All pages: a search shows them at once, and there are few. */
  async function ask(): Promise<void> {
    asking?.abort()
    const mine = (asking = new AbortController())
    try {
      const found: ListedTool[] = []
      let cursor: string | null = null
      do {
        const query = { q: words.value.trim(), limit: 200, cursor }
        const page: Tools = await api.get<Tools>('/tools', { query, signal: mine.signal })
        found.push(...page.tools)
        families.value = page.families
        cursor = page.next_cursor
      } while (cursor)
      tools.value = found
      failure.value = null
    } catch (error) {
      if (!mine.signal.aborted) failure.value = errorText(error)
    }
  }

  watch(words, () => {
    clearTimeout(timer)
    timer = setTimeout(() => void ask(), PAUSE)
  })
  onBeforeUnmount(() => {
    clearTimeout(timer)
    asking?.abort()
  })
  void ask()
  return { words, tools, families, failure: readonly(failure), ask }
}
