/** Which rows of a long list are drawn: heights measured or guessed, and the arithmetic over them. Pure. */

export interface Rows {
  readonly length: number
  key(index: number): string
  estimate(index: number): number
}

/** The drawn rows `start..end` and the blank room that stands for those above. */
export interface Frame {
  readonly start: number
  readonly end: number
  readonly above: number
  readonly below: number
}

export interface Viewport {
  readonly top: number
  readonly height: number
}

export class Heights {
  private readonly measured = new Map<string, number>()
  private readonly guessed = new Map<string, number>()
  private readonly places = new Map<string, number>()
  /** `sums[i]` is the height of all rows before `i`, right up to `clean`: what changes near the viewport costs nothing for the rest. */
  private sums: number[] = [0]
  private clean = 0
  private total = 0
  private rows: Rows

  constructor(rows: Rows) {
    this.rows = rows
    this.setRows(rows)
  }

  setRows(rows: Rows): void {
    this.rows = rows
    this.places.clear()
    for (let index = 0; index < rows.length; index += 1) this.places.set(rows.key(index), index)
    this.sums = [0]
    this.clean = 0
    this.total = 0
    for (let index = 0; index < rows.length; index += 1) this.total += this.of(index)
  }

  /** True when this was news. */
  set(key: string, height: number): boolean {
    if (Math.abs((this.measured.get(key) ?? -1) - height) < 0.5) return false
    const index = this.places.get(key)
    if (index !== undefined) {
      this.total += height - this.of(index)
      this.clean = Math.min(this.clean, index)
    }
    this.measured.set(key, height)
    return true
  }

  of(index: number): number {
    const key = this.rows.key(index)
    return this.measured.get(key) ?? this.guess(key, index)
  }

  sum(from: number, to: number): number {
    return this.before(to) - this.before(from)
  }

  get count(): number {
    return this.rows.length
  }

  private guess(key: string, index: number): number {
    const guessed = this.guessed.get(key) ?? this.rows.estimate(index)
    this.guessed.set(key, guessed)
    return guessed
  }

  private before(index: number): number {
    if (index >= this.rows.length) return this.total
    for (; this.clean < index; this.clean += 1) this.sums[this.clean + 1] = (this.sums[this.clean] ?? 0) + this.of(this.clean)
    return this.sums[index] ?? 0
  }
}

/** The last rows, enough for the viewport and what lies near. */
export function endFrame(heights: Heights, room: number): Frame {
  let start = heights.count
  let filled = 0
  while (start > 0 && filled < room) {
    start -= 1
    filled += heights.of(start)
  }
  return { start, end: heights.count, above: heights.sum(0, start), below: 0 }
}

/**
 * The frame for where the viewport stands, from the present one: its drawn rows keep their places, rows are added and dropped at both
 * ends. Where the viewport has left it altogether, a frame from the heights alone.
 */
export function moveFrame(heights: Heights, frame: Frame, viewport: Viewport, near: number): Frame {
  const wantTop = viewport.top - near
  const wantBottom = viewport.top + viewport.height + near
  const drawn = heights.sum(frame.start, frame.end)
  const left = frame.start === frame.end || viewport.top > frame.above + drawn || viewport.top + viewport.height < frame.above
  const from = left ? { index: 0, top: 0 } : { index: frame.start, top: frame.above }
  return fill(heights, from, wantTop, wantBottom)
}

function fill(heights: Heights, from: { index: number; top: number }, wantTop: number, wantBottom: number): Frame {
  let { index: start, top } = from
  while (start > 0 && top > wantTop) {
    start -= 1
    top -= heights.of(start)
  }
  while (start < heights.count - 1 && top + heights.of(start) < wantTop) {
    top += heights.of(start)
    start += 1
  }
  let end = start
  let bottom = top
  while (end < heights.count && bottom < wantBottom) {
    bottom += heights.of(end)
    end += 1
  }
  return { start, end, above: top, below: heights.sum(end, heights.count) }
}
