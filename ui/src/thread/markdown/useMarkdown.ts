/** The blocks of a text that may be growing, kept up with it at a price the page can pay. */
import { onScopeDispose, shallowRef, watch, type ShallowRef } from 'vue'

import { since, textOf, type Rope } from '../rope'
import { MarkdownDocument, renderMarkdown, type Block } from './document'

const KEPT = 300
/** A block so long that its rendering takes this share of the time is rendered less often. */
const SHARE = 4

const finished = new Map<string, readonly Block[]>()

export function useMarkdown(text: () => string | Rope): Readonly<ShallowRef<readonly Block[]>> {
  const blocks = shallowRef<readonly Block[]>([])
  let document = new MarkdownDocument()
  let read: Rope | null = null
  let restUntil = 0
  let timer: ReturnType<typeof setTimeout> | undefined

  function grow(whole: Rope): void {
    const now = performance.now()
    clearTimeout(timer)
    if (now < restUntil) {
      timer = setTimeout(() => grow(whole), restUntil - now)
      return
    }
    const more = read && since(whole, read)
    if (more === null) document = new MarkdownDocument()
    document.append(more ?? textOf(whole))
    read = whole
    blocks.value = document.blocks()
    const cost = performance.now() - now
    restUntil = cost > 4 ? now + cost * SHARE : 0
  }

  watch(
    text,
    (value) => {
      clearTimeout(timer)
      if (typeof value === 'string') blocks.value = finishedBlocks(value)
      else grow(value)
    },
    { immediate: true },
  )
  onScopeDispose(() => clearTimeout(timer))
  return blocks
}

/** Scrolled away and back, a message is not rendered again. */
function finishedBlocks(text: string): readonly Block[] {
  const known = finished.get(text)
  if (known) return known
  const blocks = renderMarkdown(text)
  finished.set(text, blocks)
  if (finished.size > KEPT) finished.delete(finished.keys().next().value ?? '')
  return blocks
}
