/** Searching in a conversation of which only a part is drawn: finds rows by their messages, marks the words in those that are drawn. */
import type { Row } from './rows'

export interface Hit {
  /** Of the row's key. */
  readonly key: string
  /** Which of the row's hits it is. */
  readonly nth: number
}

const MOST = 5_000

export function findHits(rows: readonly Row[], words: string): Hit[] {
  const wanted = words.toLocaleLowerCase()
  const hits: Hit[] = []
  if (!wanted.trim()) return hits
  for (const row of rows) {
    const count = countIn(textOfRow(row).toLocaleLowerCase(), wanted)
    for (let nth = 0; nth < count && hits.length < MOST; nth += 1) hits.push({ key: row.key, nth })
  }
  return hits
}

function textOfRow(row: Row): string {
  if (row.kind === 'user') return row.message.content
  if (row.kind === 'answer') return (row.steps ?? []).map((step) => step.content).join('\n')
  return ''
}

function countIn(text: string, wanted: string): number {
  let count = 0
  for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + wanted.length)) count += 1
  return count
}

/** The places of the words in what is drawn, also across the borders of elements. */
export function rangesIn(root: Node, words: string): Range[] {
  const wanted = words.toLocaleLowerCase()
  if (!wanted.trim()) return []
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT)
  const nodes: { node: Text; start: number }[] = []
  let text = ''
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    nodes.push({ node: node as Text, start: text.length })
    text += (node as Text).data
  }
  const low = text.toLocaleLowerCase()
  const ranges: Range[] = []
  if (low.length !== text.length) return ranges
  for (let at = low.indexOf(wanted); at >= 0; at = low.indexOf(wanted, at + wanted.length)) {
    ranges.push(rangeBetween(nodes, at, at + wanted.length))
  }
  return ranges
}

function rangeBetween(nodes: readonly { node: Text; start: number }[], from: number, to: number): Range {
  const range = document.createRange()
  const first = nodes.findLast(({ start }) => start <= from)
  const last = nodes.findLast(({ start }) => start < to)
  if (first) range.setStart(first.node, from - first.start)
  if (last) range.setEnd(last.node, to - last.start)
  return range
}

/** Marks ranges without touching the document, where the browser can. */
export function markRanges(all: readonly Range[], current: Range | null): void {
  if (typeof Highlight === 'undefined') return
  CSS.highlights.set('found', new Highlight(...all))
  CSS.highlights.set('found-current', new Highlight(...(current ? [current] : [])))
}

export function clearMarks(): void {
  if (typeof Highlight === 'undefined') return
  CSS.highlights.delete('found')
  CSS.highlights.delete('found-current')
}
