import { describe, expect, it } from 'vitest'

import { endFrame, Heights, moveFrame, type Rows } from './rowWindow'

const rows = (length: number): Rows => ({ length, key: (at) => `k${String(at)}`, estimate: () => 100 })

describe('the drawn part of a list', () => {
  it('is the last rows at the end', () => {
    expect(endFrame(new Heights(rows(5000)), 1000)).toEqual({ start: 4990, end: 5000, above: 499_000, below: 0 })
  })

  it('is all of a short list', () => {
    expect(endFrame(new Heights(rows(3)), 1000)).toEqual({ start: 0, end: 3, above: 0, below: 0 })
  })

  it('follows the viewport and keeps the places of its rows', () => {
    const heights = new Heights(rows(100))
    const frame = { start: 50, end: 60, above: 5_030, below: 4000 }
    const moved = moveFrame(heights, frame, { top: 5_200, height: 400 }, 300)
    expect([moved.start, moved.end]).toEqual([48, 59])
    expect(moved.above).toBe(5_030 - 200)
  })

  it('is made anew where the viewport has jumped', () => {
    const moved = moveFrame(new Heights(rows(1000)), { start: 990, end: 1000, above: 99_000, below: 0 }, { top: 10_000, height: 500 }, 200)
    expect([moved.start, moved.above]).toEqual([97, 9_700])
    expect(moved.end).toBe(107)
  })

  it('measures once and sums what was measured', () => {
    const heights = new Heights(rows(10))
    expect(heights.sum(0, 10)).toBe(1000)
    expect([heights.set('k2', 150), heights.set('k2', 150)]).toEqual([true, false])
    expect([heights.sum(0, 2), heights.sum(0, 3), heights.sum(0, 10)]).toEqual([200, 350, 1050])
  })

  it('keeps measured heights when rows are put before', () => {
    const heights = new Heights(rows(3))
    heights.set('k2', 500)
    heights.setRows({ length: 4, key: (at) => (at === 0 ? 'new' : `k${String(at - 1)}`), estimate: () => 100 })
    expect(heights.sum(0, 4)).toBe(800)
  })

  it('costs nothing for the rest when the last row grows', () => {
    const heights = new Heights(rows(50_000))
    heights.sum(0, 50_000)
    const start = performance.now()
    for (let n = 0; n < 2_000; n += 1) {
      heights.set('k49999', 100 + n)
      heights.sum(0, 50_000)
    }
    expect(performance.now() - start).toBeLessThan(200)
  })
})
