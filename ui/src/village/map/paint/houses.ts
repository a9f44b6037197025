/** The houses of the zones, each drawn about the middle of its plot. */
import { disc, fillBox, fillShape, ring, type Brush } from './brush'
import type { Palette } from './palette'
import { around, type ZoneName } from '../ground'

type House = (brush: Brush, colors: Palette) => void

function windows(brush: Brush, colors: Palette, at: readonly (readonly [number, number])[], size = 9): void {
  for (const [x, y] of at) {
    fillBox(brush, colors.trim, [x - size / 2 - 1.5, y - size / 2 - 1.5, size + 3, size + 3], 1.5)
    fillBox(brush, colors.window, [x - size / 2, y - size / 2, size, size], 1)
  }
}

function walls(brush: Brush, colors: Palette, half: number, top: number): void {
  disc(brush, colors.shadow, 4, 13, half + 10, 0.2)
  fillBox(brush, colors.wall, [-half, top, half * 2, 12 - top])
  fillBox(brush, colors.wallShade, [-half, 6, half * 2, 6])
}

function door(brush: Brush, colors: Palette, x = 0, width = 13): void {
  fillBox(brush, colors.trim, [x - width / 2 - 2, -9, width + 4, 21], 3)
  fillBox(brush, colors.door, [x - width / 2, -7, width, 19], 2)
  disc(brush, colors.gold, x + width / 2 - 3, 3, 1.2)
}

function gable(brush: Brush, colors: Palette, half: number, eaves: number, top: number): void {
  fillShape(brush, colors.roof, [[-half - 7, eaves], [0, top], [0, eaves]])
  fillShape(brush, colors.roofShade, [[half + 7, eaves], [0, top], [0, eaves]])
}

const library: House = (brush, colors) => {
  walls(brush, colors, 44, -20)
  fillShape(brush, colors.roof, [[-52, -20], [0, -44], [52, -20]])
  fillShape(brush, colors.wallShade, [[-34, -23], [0, -38], [34, -23]])
  disc(brush, colors.gold, 0, -28, 3.5)
  for (const x of [-38, -23, 23, 38]) {
    fillBox(brush, colors.wallShade, [x - 5, -20, 10, 32])
    fillBox(brush, colors.wall, [x - 3.5, -18, 6, 28])
  }
  door(brush, colors, 0, 16)
  windows(brush, colors, [[-30.5, -6], [30.5, -6]], 5)
  fillBox(brush, colors.trim, [-50, 12, 100, 3.5], 1)
}

const garden: House = (brush, colors) => {
  disc(brush, colors.shadow, 0, 4, 64, 0.36)
  disc(brush, colors.leafShade, 0, -2, 62, 0.4)
  disc(brush, colors.leaf, 0, -5, 56, 0.38)
  disc(brush, colors.road, 0, -4, 20, 0.4)
  for (let at = 0; at < 11; at += 1) {
    const angle = (at / 11) * 2 * Math.PI + 0.3
    const [x, y] = [42 * Math.cos(angle), -6 + 15 * Math.sin(angle)]
    disc(brush, colors.leafShade, x, y, 7.5)
    disc(brush, colors.leaf, x - 1.5, y - 2.5, 6)
    disc(brush, at % 2 ? colors.gold : colors.window, x, y - 3, 2.2)
  }
  fillBox(brush, colors.trim, [-2.5, -26, 5, 24])
  disc(brush, colors.leafShade, 3, -32, 18)
  disc(brush, colors.leaf, -2, -37, 16)
  for (const [x, y] of [[-9, -36], [2, -44], [8, -33], [-3, -29]] as const) disc(brush, colors.gold, x, y, 2)
}

const portal: House = (brush, colors) => {
  disc(brush, colors.shadow, 3, 13, 52, 0.22)
  fillBox(brush, colors.wallShade, [-48, 4, 96, 10], 5)
  fillBox(brush, colors.wall, [-44, -1, 88, 10], 5)
  disc(brush, colors.water, 0, -18, 22)
  disc(brush, colors.lamp, 0, -18, 22)
  disc(brush, colors.window, 0, -18, 9)
  ring(brush, colors.roofShade, 0, -18, 24, 8)
  ring(brush, colors.wall, 0, -18, 25, 4)
  for (let at = 0; at < 8; at += 1) {
    const { x, y } = around({ x: 0, y: -18 }, 24, (at * Math.PI) / 4)
    disc(brush, colors.gold, x, y, 2)
  }
  fillBox(brush, colors.roof, [-40, -16, 7, 20], 2)
  fillBox(brush, colors.roof, [33, -16, 7, 20], 2)
}

const stage: House = (brush, colors) => {
  disc(brush, colors.shadow, 3, 13, 52, 0.2)
  fillBox(brush, colors.roofShade, [-42, -32, 84, 40], 4)
  fillShape(brush, colors.roof, [[-48, -26], [-38, -44], [38, -44], [48, -26]])
  for (let at = -3; at <= 3; at += 1) disc(brush, colors.window, at * 12, -25, 2.6)
  for (const side of [-1, 1]) {
    fillShape(brush, colors.door, [[side * 42, -28], [side * 24, -28], [side * 32, -8], [side * 42, 6]])
    fillBox(brush, colors.wallShade, [side * 38 - 8, -12, 16, 22], 2)
    disc(brush, colors.roofShade, side * 38, -6, 4)
    disc(brush, colors.roofShade, side * 38, 4, 5)
  }
  fillBox(brush, colors.trim, [-48, 6, 96, 4], 1)
  fillBox(brush, colors.wall, [-46, 9, 92, 6], 1)
  fillBox(brush, colors.wall, [-15, -6, 30, 12], 2)
  disc(brush, colors.gold, -6, 0, 4)
  disc(brush, colors.gold, 6, 0, 4)
}

const shed: House = (brush, colors) => {
  walls(brush, colors, 38, -14)
  gable(brush, colors, 38, -13, -40)
  for (let x = -32; x <= 32; x += 10.7) fillBox(brush, colors.wallShade, [x, -13, 1.5, 25])
  fillBox(brush, colors.door, [-17, -8, 34, 20], 1)
  for (const y of [-5, 1, 7]) for (const x of [-14, -4.5, 5]) {
    fillBox(brush, colors.trim, [x, y, 8.5, 4.6], 1)
    disc(brush, colors.gold, x + 4.2, y + 2.3, 0.8)
  }
  windows(brush, colors, [[0, -23]], 7)
}

const workshop: House = (brush, colors) => {
  walls(brush, colors, 48, -14)
  for (const x of [-48, -16, 16]) {
    fillShape(brush, colors.roof, [[x, -13], [x, -34], [x + 32, -13]])
    fillShape(brush, colors.window, [[x + 2.5, -16], [x + 2.5, -27], [x + 9, -22], [x + 9, -16]])
  }
  fillBox(brush, colors.roofShade, [36, -46, 9, 33], 1)
  fillBox(brush, colors.trim, [34.5, -48, 12, 4], 1)
  door(brush, colors, -20, 15)
  windows(brush, colors, [[4, -2], [20, -2]], 10)
  for (let at = 0; at < 8; at += 1) {
    const { x, y } = around({ x: 37, y: 1 }, 7, (at * Math.PI) / 4)
    fillBox(brush, colors.gold, [x - 1.5, y - 1.5, 3, 3])
  }
  ring(brush, colors.gold, 37, 1, 5, 3)
}

const tower: House = (brush, colors) => {
  disc(brush, colors.shadow, 4, 13, 34, 0.24)
  fillShape(brush, colors.wall, [[-20, 12], [-15, -40], [15, -40], [20, 12]])
  fillShape(brush, colors.wallShade, [[6, 12], [5, -40], [15, -40], [20, 12]])
  fillBox(brush, colors.wall, [-21, -50, 42, 12], 1)
  for (const x of [-21, -9, 3, 15]) fillBox(brush, colors.wall, [x, -55, 6, 7])
  fillBox(brush, colors.roofShade, [-11, -66, 22, 14], 2)
  fillBox(brush, colors.window, [-8, -64, 16, 11], 2)
  fillShape(brush, colors.roof, [[-15, -65], [0, -82], [15, -65]])
  disc(brush, colors.gold, 0, -83, 2.4)
  windows(brush, colors, [[-2, -26]], 7)
  door(brush, colors, -1, 12)
}

const nursery: House = (brush, colors) => {
  disc(brush, colors.shadow, 4, 13, 56, 0.2)
  brush.beginPath()
  brush.moveTo(-46, 10)
  brush.lineTo(-46, -12)
  brush.bezierCurveTo(-46, -42, 46, -42, 46, -12)
  brush.lineTo(46, 10)
  brush.closePath()
  brush.fillStyle = colors.water
  brush.fill()
  for (const x of [-34, -22, 22, 34]) {
    fillBox(brush, colors.leafShade, [x - 0.8, -8, 1.6, 14])
    disc(brush, colors.leaf, x - 3, -9, 4, 0.7)
    disc(brush, colors.leaf, x + 3, -12, 4, 0.7)
  }
  brush.strokeStyle = colors.wall
  brush.lineWidth = 2.4
  brush.stroke()
  brush.beginPath()
  for (const x of [-23, 0, 23]) {
    brush.moveTo(x, 10)
    brush.lineTo(x, x ? -31 : -34)
  }
  brush.moveTo(-46, -12)
  brush.lineTo(46, -12)
  brush.stroke()
  fillBox(brush, colors.trim, [-49, 8, 98, 5], 1)
  fillBox(brush, colors.window, [-9, -8, 18, 17], 8)
  disc(brush, colors.gold, 0, -36, 3)
}

const HOUSES: Readonly<Partial<Record<ZoneName, House>>> = {
  library,
  memory_garden: garden,
  bridge_portal: portal,
  dj_booth: stage,
  file_shed: shed,
  workshop,
  watchtower: tower,
  nursery,
}

/** Houses are drawn so much larger than they were sketched, from the foot up. */
const GROWN = 1.32
const FOOT = 12
/** How high a house is over the middle of its plot, as sketched. */
const HEIGHTS: Readonly<Partial<Record<ZoneName, number>>> = { memory_garden: 53, bridge_portal: 46, watchtower: 85, workshop: 48 }

/** Paint the house of a zone whose middle is the brush's origin. */
export function paintHouse(brush: Brush, zone: ZoneName, colors: Palette): void {
  brush.translate(0, FOOT)
  brush.scale(GROWN, GROWN)
  brush.translate(0, -FOOT)
  HOUSES[zone]?.(brush, colors)
}

/** How far over the middle of its plot a house ends. */
export function houseTop(zone: ZoneName): number {
  return ((HEIGHTS[zone] ?? 44) + FOOT) * GROWN - FOOT
}
