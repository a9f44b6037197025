/** A text that grows by chunks: adding one copies nothing, and who has read up to some point reads on from there. */

export interface Rope {
  readonly chunk: string
  readonly before: Rope | null
  /** UTF-16 units of the whole. */
  readonly length: number
}

export const EMPTY: Rope = { chunk: '', before: null, length: 0 }

export function rope(text: string): Rope {
  return text ? { chunk: text, before: null, length: text.length } : EMPTY
}

export function append(before: Rope, chunk: string): Rope {
  if (!chunk) return before
  return { chunk, before: before.length ? before : null, length: before.length + chunk.length }
}

/** The text after `earlier`, or null when `whole` did not grow out of `earlier`. */
export function since(whole: Rope, earlier: Rope): string | null {
  if (whole === earlier) return ''
  const chunks: string[] = []
  let at: Rope | null = whole
  while (at && at !== earlier && at.length > earlier.length) {
    chunks.push(at.chunk)
    at = at.before
  }
  if (at !== earlier && !(at === null && earlier.length === 0)) return null
  return chunks.reverse().join('')
}

export function textOf(whole: Rope): string {
  return whole.before ? (since(whole, EMPTY) ?? '') : whole.chunk
}
