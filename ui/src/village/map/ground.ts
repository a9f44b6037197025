/** Where things are in the village: the plots of its zones, the spots that figures stand on, the roads between them. */
import type { Zone } from '@/wire'

export interface Point {
  readonly x: number
  readonly y: number
}

export type ZoneName = Zone['name']

export const SQUARE: ZoneName = 'village_square'
/** What is shown of the world: the map of 800 by 600 with a margin. */
export const VIEW = { x: -20, y: -38, width: 840, height: 676 } as const
/** The round road about the square. */
export const RING = 98

const RINGS: readonly { radius: number; count: number }[] = [
  { radius: 46, count: 9 },
  { radius: 66, count: 14 },
  { radius: 84, count: 18 },
]
const COLUMN = 25
const ROW = 21
const ROWS = 3

/** Where the figure stands that came as number `spot`, from 0. Any number has a place; far ones stand closer. */
export function spotAt(zone: Zone, spot: number): Point {
  return zone.name === SQUARE ? onSquare(zone, spot) : beforeHouse(zone, spot)
}

function onSquare(zone: Zone, spot: number): Point {
  const room = RINGS.reduce((sum, ring) => sum + ring.count, 0)
  let left = spot % room
  const turn = Math.floor(spot / room) * 0.17
  for (const { radius, count } of RINGS) {
    if (left < count) return around(zone, radius, (left / count) * 2 * Math.PI - Math.PI / 2 + turn + radius)
    left -= count
  }
  return { x: zone.x, y: zone.y }
}

function beforeHouse(zone: Zone, spot: number): Point {
  const columns = Math.floor((zone.width + 40) / COLUMN)
  const crowd = Math.floor(spot / (columns * ROWS)) % 5
  const place = spot % (columns * ROWS)
  const column = place % columns
  // From the middle outwards, so that one alone stands before the door.
  const side = column % 2 ? (column + 1) / 2 : -column / 2
  return { x: zone.x + side * COLUMN + crowd * 5, y: zone.y + 34 + Math.floor(place / columns) * ROW + crowd * 4 }
}

export function around(middle: Point, radius: number, angle: number): Point {
  return { x: middle.x + radius * Math.cos(angle), y: middle.y + radius * Math.sin(angle) }
}

export function angleOf(middle: Point, point: Point): number {
  return Math.atan2(point.y - middle.y, point.x - middle.x)
}

/** Where one comes to a zone from the square: below the houses in the north, beside the others. */
export function gate(zone: Zone, square: Point): Point {
  if (zone.y < square.y - 60) return { x: zone.x, y: zone.y + 58 }
  const side = zone.x > square.x ? -1 : 1
  return { x: zone.x + side * (zone.width / 2 + 38), y: zone.y + 26 }
}

/** The point of the ring from which the road to a zone leaves. */
export function turnOff(zone: Zone, square: Point): Point {
  return around(square, RING, angleOf(square, gate(zone, square)))
}

/** Points along the ring, the short way round. */
export function arc(square: Point, from: number, to: number): Point[] {
  const turn = Math.atan2(Math.sin(to - from), Math.cos(to - from))
  const steps = Math.max(1, Math.ceil(Math.abs(turn) / 0.3))
  return Array.from({ length: steps + 1 }, (_, at) => around(square, RING, from + (turn * at) / steps))
}
