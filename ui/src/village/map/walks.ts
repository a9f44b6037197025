/** How figures walk: along the roads and around the square, as a function of time. */
import { angleOf, arc, gate, SQUARE, turnOff, type Point } from './ground'
import type { Zone } from '@/wire'

/** A walk, or a stay when it has one point. Times are in milliseconds. */
export interface Walk {
  readonly path: readonly Point[]
  /** How far each point of the path is from its beginning. */
  readonly marks: readonly number[]
  readonly start: number
  readonly lasts: number
}

const PACE = 0.17
const SHORTEST = 700
const LONGEST = 3800

/** From where somebody is now, in a zone or on the way to it, to a spot of another zone. */
export function walk(zones: readonly Zone[], from: { at: Point; zone: Zone }, to: { at: Point; zone: Zone }, start: number): Walk {
  const square = zones.find((zone) => zone.name === SQUARE) ?? to.zone
  const path = from.zone.name === to.zone.name ? [from.at, to.at] : rounded([from.at, ...road(square, from, to), to.at])
  const marks = marksOf(path)
  const length = marks.at(-1) ?? 0
  return { path, marks, start, lasts: Math.min(LONGEST, Math.max(SHORTEST, length / PACE)) }
}

function road(square: Zone, from: { at: Point; zone: Zone }, to: { at: Point; zone: Zone }): Point[] {
  const leave = from.zone.name === SQUARE ? from.at : turnOff(from.zone, square)
  const arrive = to.zone.name === SQUARE ? to.at : turnOff(to.zone, square)
  const out = from.zone.name === SQUARE ? [] : [gate(from.zone, square)]
  const into = to.zone.name === SQUARE ? [] : [gate(to.zone, square)]
  return [...out, ...arc(square, angleOf(square, leave), angleOf(square, arrive)), ...into]
}

/** Corners cut twice (Chaikin), the ends kept. */
function rounded(path: readonly Point[], times = 2): readonly Point[] {
  if (times === 0 || path.length < 3) return path
  const cut: Point[] = []
  path.forEach((point, at) => {
    const next = path[at + 1]
    if (at === 0) cut.push(point)
    if (!next) return void cut.push(point)
    cut.push(between(point, next, 0.25), between(point, next, 0.75))
  })
  return rounded(cut, times - 1)
}

function marksOf(path: readonly Point[]): number[] {
  let length = 0
  return path.map((point, at) => {
    const before = path[at - 1]
    if (before) length += Math.hypot(point.x - before.x, point.y - before.y)
    return length
  })
}

function between(one: Point, other: Point, share: number): Point {
  return { x: one.x + (other.x - one.x) * share, y: one.y + (other.y - one.y) * share }
}

export function arrival(one: Walk): number {
  return one.start + one.lasts
}

export function isWalking(one: Walk, now: number): boolean {
  return now >= one.start && now < arrival(one)
}

/** Where a walk has come to: it begins and ends gently. */
export function placeOn({ path, marks, start, lasts }: Walk, now: number): Point {
  const share = Math.min(1, Math.max(0, (now - start) / lasts))
  const eased = share * share * (3 - 2 * share)
  const gone = eased * (marks.at(-1) ?? 0)
  let at = marks.findIndex((mark) => mark >= gone)
  if (at < 0) at = marks.length - 1
  const before = path[at - 1]
  const here = path[at] ?? { x: 0, y: 0 }
  if (!before) return here
  const span = (marks[at] ?? 0) - (marks[at - 1] ?? 0)
  return span > 0 ? between(before, here, (gone - (marks[at - 1] ?? 0)) / span) : here
}
