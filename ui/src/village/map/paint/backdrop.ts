/** What does not move: ground, roads, trees, the square and the houses. Painted once for a size and a light. */
import { disc, dice, fillBox, glow, polyline, ring, type Brush } from './brush'
import { paintHouse } from './houses'
import type { Palette } from './palette'
import type { Daylight } from '../daylight'
import { gate, RING, spotAt, SQUARE, turnOff, VIEW, type Point } from '../ground'
import type { Zone } from '@/wire'

export function paintBackdrop(brush: Brush, zones: readonly Zone[], colors: Palette, light: Daylight): void {
  const square = zones.find((zone) => zone.name === SQUARE)
  fillBox(brush, colors.ground, [VIEW.x, VIEW.y, VIEW.width, VIEW.height])
  meadows(brush, colors)
  if (!square) return
  const roads = zones.filter((zone) => zone !== square).map((zone) => roadTo(zone, square))
  for (const road of roads) polyline(brush, colors.curb, 25, road)
  disc(brush, colors.curb, square.x, square.y, RING + 15)
  for (const road of roads) polyline(brush, colors.road, 21, road)
  paintSquare(brush, square, colors)
  trees(brush, zones, roads, colors)
  for (const zone of zones) if (zone !== square) build(brush, zone, colors, light)
}

function roadTo(zone: Zone, square: Zone): Point[] {
  return [turnOff(zone, square), gate(zone, square), { x: zone.x, y: spotAt(zone, 0).y + 8 }]
}

function meadows(brush: Brush, colors: Palette): void {
  const roll = dice(11)
  for (let at = 0; at < 26; at += 1) {
    disc(brush, colors.meadow, VIEW.x + roll() * VIEW.width, VIEW.y + roll() * VIEW.height, 30 + roll() * 60, 0.55)
  }
}

function paintSquare(brush: Brush, { x, y }: Zone, colors: Palette): void {
  disc(brush, colors.road, x, y, RING + 12)
  for (const radius of [36, 58, 78, 98]) ring(brush, colors.curb, x, y, radius, 1)
  disc(brush, colors.shadow, x + 2, y + 4, 27)
  disc(brush, colors.wallShade, x, y, 26)
  disc(brush, colors.wall, x, y - 1, 24)
  disc(brush, colors.water, x, y, 20)
  disc(brush, colors.wallShade, x, y, 8)
  disc(brush, colors.gold, x, y - 1, 5)
}

function trees(brush: Brush, zones: readonly Zone[], roads: readonly (readonly Point[])[], colors: Palette): void {
  const roll = dice(5)
  const points = Array.from({ length: 260 }, () => ({ x: VIEW.x + roll() * VIEW.width, y: VIEW.y + roll() * VIEW.height }))
  const free = points.filter((point) => !zones.some((zone) => isOnPlot(point, zone)) && !roads.some((road) => isNear(point, road, 30)))
  for (const { x, y } of free.sort((one, other) => one.y - other.y)) {
    const size = 6 + roll() * 7
    disc(brush, colors.shadow, x + 2, y + size * 0.9, size, 0.35)
    disc(brush, colors.leafShade, x, y, size)
    disc(brush, colors.leaf, x - size * 0.2, y - size * 0.25, size * 0.75)
  }
}

function isOnPlot({ x, y }: Point, zone: Zone): boolean {
  if (zone.name === SQUARE) return Math.hypot(x - zone.x, y - zone.y) < RING + 30
  return Math.abs(x - zone.x) < zone.width / 2 + 34 && y > zone.y - 118 && y < zone.y + 108
}

function isNear(point: Point, road: readonly Point[], most: number): boolean {
  return road.some((from, at) => {
    const to = road[at + 1]
    if (!to) return false
    const span = (to.x - from.x) ** 2 + (to.y - from.y) ** 2
    const share = Math.min(1, Math.max(0, ((point.x - from.x) * (to.x - from.x) + (point.y - from.y) * (to.y - from.y)) / span))
    return Math.hypot(point.x - from.x - share * (to.x - from.x), point.y - from.y - share * (to.y - from.y)) < most
  })
}

function build(brush: Brush, zone: Zone, colors: Palette, light: Daylight): void {
  brush.save()
  brush.translate(zone.x, zone.y)
  if (light === 'night') glow(brush, colors.lamp, 0, 6, 110)
  paintHouse(brush, zone.name, colors)
  brush.restore()
}
