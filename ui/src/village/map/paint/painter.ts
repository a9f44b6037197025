/** Paints the scene at a moment. Its work grows with the figures that are there, never with what is remembered. */
import { disc, type Brush } from './brush'
import { paintBackdrop } from './backdrop'
import { paintFigure, radiusAt, type Pen } from './figures'
import { houseTop } from './houses'
import { paintSign } from './lettering'
import { PALETTES, type Palette } from './palette'
import type { Daylight } from '../daylight'
import { SQUARE, VIEW, type Point } from '../ground'
import { placeOf, zoneNamed, type Agreement, type Figure, type Scene } from '../scene'
import { excerpt } from '../sentences'
import { isWalking } from '../walks'
import type { Zone } from '@/wire'

/** With more figures than this they are named only when looked at, and show their tools only where they stand. */
const NAMED = 14
const PULSE = 1_800

export interface View {
  readonly scene: Scene
  readonly light: Daylight
  readonly now: number
  readonly still: boolean
  /** The figure or zone that is looked at. */
  readonly focus: string | null
  /** Kinds of agreement that stay drawn. */
  readonly pinned: ReadonlySet<string>
}

export class Painter {
  private backdrop: HTMLCanvasElement | null = null
  private painted = ''

  constructor(private readonly canvas: HTMLCanvasElement) {}

  paint(view: View): void {
    const brush = this.canvas.getContext('2d')
    if (!brush || !this.canvas.width) return
    const density = this.canvas.width / (this.canvas.clientWidth || this.canvas.width)
    const pen: Pen = { colors: PALETTES[view.light], scale: this.canvas.width / VIEW.width / density, density }
    brush.setTransform(1, 0, 0, 1, 0, 0)
    brush.drawImage(this.ground(view), 0, 0)
    toWorld(brush, this.canvas.width)
    const places = placesOf(view)
    paintLife(brush, view, pen)
    for (const zone of view.scene.zones) paintTitle(brush, zone, zone.name === view.focus, pen)
    for (const one of view.scene.agreements) if (isShown(one, view)) paintAgreement(brush, one, places, view, pen)
    paintFigures(brush, view, pen, places)
    paintWords(brush, view, pen, places)
  }

  private ground({ scene, light }: View): HTMLCanvasElement {
    const wanted = `${light} ${String(this.canvas.width)} ${String(scene.zones.length)}`
    if (this.backdrop && this.painted === wanted) return this.backdrop
    const backdrop = document.createElement('canvas')
    backdrop.width = this.canvas.width
    backdrop.height = this.canvas.height
    const brush = backdrop.getContext('2d')
    if (brush) {
      toWorld(brush, backdrop.width)
      paintBackdrop(brush, scene.zones, PALETTES[light], light)
    }
    this.backdrop = backdrop
    this.painted = wanted
    return backdrop
  }
}

function toWorld(brush: Brush, width: number): void {
  const share = width / VIEW.width
  brush.setTransform(share, 0, 0, share, -VIEW.x * share, -VIEW.y * share)
}

type Places = ReadonlyMap<string, Point>

function placesOf({ scene, now }: View): Places {
  return new Map([...scene.figures].map(([key, figure]) => [key, placeOf(scene, figure, now)]))
}

/** Water that rings, and lamps that breathe where somebody works. */
function paintLife(brush: Brush, { scene, now, still, light }: View, { colors }: Pen): void {
  const square = zoneNamed(scene, SQUARE)
  const breath = still ? 0.5 : 0.5 + 0.5 * Math.sin(now / 900)
  if (square) {
    brush.globalAlpha = 0.5 * (1 - (still ? 0.4 : (now / 2600) % 1))
    brush.beginPath()
    brush.arc(square.x, square.y, 9 + 10 * (still ? 0.4 : (now / 2600) % 1), 0, 2 * Math.PI)
    brush.strokeStyle = light === 'day' ? colors.wall : colors.harmony
    brush.lineWidth = 1.2
    brush.stroke()
  }
  const busy = new Set([...scene.figures.values()].filter(({ tool }) => tool !== null).map(({ zone }) => zone))
  brush.globalAlpha = 0.5 + 0.4 * breath
  for (const zone of scene.zones) {
    if (zone.name === SQUARE || !busy.has(zone.name)) continue
    disc(brush, colors.lamp, zone.x, zone.y + 44, zone.width * 0.62, 0.42)
  }
  brush.globalAlpha = 1
}

function paintFigures(brush: Brush, { scene, now, still, focus }: View, pen: Pen, places: Places): void {
  const figures = [...scene.figures.values()].map((figure) => ({ figure, at: places.get(figure.key) ?? { x: 0, y: 0 } }))
  for (const { figure, at } of figures.sort((one, other) => one.at.y - other.at.y)) {
    const pulse = figure.tool === null ? 0 : still ? 0.35 : (now / PULSE) % 1
    if (figure.key === focus) disc(brush, pen.colors.gold, at.x, at.y, radiusAt(pen.scale) + 5)
    paintFigure(brush, figure, at, pen, pulse)
  }
}

function paintWords(brush: Brush, view: View, pen: Pen, places: Places): void {
  const { scene, focus, now } = view
  const { colors } = pen
  const radius = radiusAt(pen.scale)
  const few = scene.figures.size <= NAMED
  const named = few && pen.scale >= 0.6
  for (const figure of scene.figures.values()) {
    const at = places.get(figure.key)
    if (!at) continue
    if (named || figure.key === focus) {
      const under = { x: at.x, y: at.y + radius + 19 / pen.scale }
      paintSign(brush, { text: figure.name, at: under, size: 10, ground: colors.labelGround, ink: colors.label }, pen)
    }
    const shown = few || !figure.walks.some((one) => isWalking(one, now)) ? figure : { ...figure, tool: null }
    paintSpeech(brush, shown, { x: at.x, y: at.y - radius - 8 / pen.scale }, now, pen)
  }
}

function paintTitle(brush: Brush, zone: Zone, isFocus: boolean, { colors, ...pen }: Pen): void {
  const isSmall = pen.scale < 0.6
  if (zone.name === SQUARE && isSmall) return
  const at = { x: zone.x, y: zone.name === SQUARE ? zone.y - 104 : zone.y - houseTop(zone.name) - 3 }
  const look = isFocus ? { ground: colors.gold, ink: '#1c1503' } : { ground: colors.labelGround, ink: colors.label }
  paintSign(brush, { text: zone.title, at, size: isSmall ? 9.5 : 11, bold: true, ...look }, { colors, ...pen })
}

function paintSpeech(brush: Brush, figure: Figure, at: Point, now: number, pen: Pen): void {
  const { colors, scale } = pen
  const said = figure.speaksUntil > now ? figure.words : null
  const small = scale < 0.6
  const plain = { at, ground: colors.bubble, line: figure.color, tail: true, widest: small ? 120 : 190, size: small ? 10.5 : 12 }
  if (said) paintSign(brush, { ...plain, text: excerpt(said.text, 140), ink: colors.bubbleInk }, pen)
  else if (figure.tool) paintSign(brush, { ...plain, text: figure.tool, ink: colors.bubbleFaint, size: small ? 9.5 : 11 }, pen)
}

export function isShown(one: Agreement, { now, pinned }: Pick<View, 'now' | 'pinned'>): boolean {
  return one.shownUntil > now || pinned.has(one.convergence.kind)
}

/** Lines that meet in the middle of those who agree; an echo's are broken. */
function paintAgreement(brush: Brush, { convergence, keys }: Agreement, places: Places, view: View, pen: Pen): void {
  const points = keys.flatMap((key) => places.get(key) ?? [])
  if (points.length < 2) return
  const color = lineColor(pen.colors, convergence.kind, convergence.independent)
  const middle = { x: sum(points, 'x') / points.length, y: sum(points, 'y') / points.length - 14 }
  brush.save()
  brush.strokeStyle = color
  brush.lineWidth = convergence.kind === 'CONSENSUS' ? 3.4 : 2.4
  brush.lineCap = 'round'
  brush.setLineDash(convergence.independent ? [] : [7, 7])
  if (!view.still) brush.lineDashOffset = -view.now / 60
  brush.globalAlpha = 0.85
  brush.beginPath()
  for (const { x, y } of points) {
    brush.moveTo(x, y)
    brush.quadraticCurveTo((x + middle.x) / 2, Math.min(y, middle.y) - 10, middle.x, middle.y)
  }
  brush.stroke()
  brush.restore()
  const text = `${convergence.kind === 'CONSENSUS' ? 'Consensus' : 'Harmony'}${convergence.independent ? '' : ' · echo'}`
  const at = { x: middle.x, y: middle.y + 10 }
  paintSign(brush, { text, at, size: 10.5, bold: true, ground: pen.colors.bubble, ink: color, line: color }, pen)
}

function lineColor(colors: Palette, kind: 'HARMONY' | 'CONSENSUS', independent: boolean): string {
  if (!independent) return colors.echo
  return kind === 'CONSENSUS' ? colors.consensus : colors.harmony
}

function sum(points: readonly Point[], axis: 'x' | 'y'): number {
  return points.reduce((total, point) => total + point[axis], 0)
}
