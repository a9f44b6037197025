/** Where the items stand in the grid: as large as they can be, all of them to be seen. */

export interface Layout {
  /** Edge of a cell with the gap after it, in CSS pixels. */
  readonly pitch: number
  readonly gap: number
  readonly columns: number
  readonly rows: number
  readonly width: number
  readonly height: number
}

/** The more there are the smaller; never too small to be told apart. */
const SIZES: readonly (readonly [most: number, pitch: number])[] = [[40, 40], [120, 32], [400, 24], [1000, 18], [3000, 14]]
const SMALLEST = 10

export function layoutOf(count: number, width: number): Layout {
  const pitch = SIZES.find(([most]) => count <= most)?.[1] ?? SMALLEST
  const columns = Math.max(1, Math.floor(width / pitch))
  const rows = Math.ceil(count / columns)
  return { pitch, gap: pitch >= 24 ? 4 : pitch >= 14 ? 3 : 2, columns, rows, width: columns * pitch, height: rows * pitch }
}

export function cellAt(layout: Layout, place: number): { x: number; y: number; size: number } {
  const { pitch, gap, columns } = layout
  return { x: (place % columns) * pitch, y: Math.floor(place / columns) * pitch, size: pitch - gap }
}

/** The item at a point; null where there is none. */
export function placeAt(layout: Layout, count: number, x: number, y: number): number | null {
  const column = Math.floor(x / layout.pitch)
  const place = Math.floor(y / layout.pitch) * layout.columns + column
  return column < 0 || column >= layout.columns || y < 0 || place >= count ? null : place
}

/** Where a key leads from an item; null: the key is none of the grid's. */
export function gridKey(key: string, at: number, count: number, columns: number): number | null {
  const moves: Partial<Record<string, number>> = {
    ArrowRight: at + 1,
    ArrowLeft: at - 1,
    ArrowDown: at + columns,
    ArrowUp: at - columns,
    PageDown: at + columns * 5,
    PageUp: at - columns * 5,
    Home: 0,
    End: count - 1,
  }
  const to = moves[key]
  if (to === undefined || count === 0) return null
  if ((key === 'ArrowDown' || key === 'ArrowUp') && (to >= count || to < 0)) return at
  return Math.min(count - 1, Math.max(0, to))
}
