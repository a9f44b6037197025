/** A found passage as the server marks it (the words stand between U+0002 and U+0003), cut into parts to draw. */
export interface Part {
  text: string
  found: boolean
}

export function partsOf(snippet: string): Part[] {
  const parts: Part[] = []
  snippet.split('\u0002').forEach((piece, at) => {
    const [word = '', rest] = at === 0 ? ['', piece] : piece.split('\u0003')
    parts.push({ text: word, found: true }, { text: rest ?? '', found: false })
  })
  return parts.filter((part) => part.text !== '')
}
