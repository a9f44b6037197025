/** Figures: drawn once for each look, then stamped. */
import { box, disc, ring, type Brush } from './brush'
import type { Palette } from './palette'
import { inkOn } from '../looks'
import type { Figure } from '../scene'

/** Half of a figure's width in the world; on small screens it is drawn larger. */
export const RADIUS = 12
const MARGIN = 4
const stamps = new Map<string, HTMLCanvasElement>()

export interface Pen {
  readonly colors: Palette
  /** Screen pixels for one of the world. */
  readonly scale: number
  /** Device pixels for one of the screen. */
  readonly density: number
}

/** The radius of figures in the world, never too small to be hit by a finger. */
export function radiusAt(scale: number): number {
  return Math.max(RADIUS, 8 / scale)
}

export function paintFigure(brush: Brush, figure: Figure, at: { x: number; y: number }, pen: Pen, pulse: number): void {
  const radius = radiusAt(pen.scale)
  disc(brush, pen.colors.shadow, at.x, at.y + radius * 0.95, radius * 0.9, 0.34)
  if (pulse > 0) {
    brush.globalAlpha = 0.55 * (1 - pulse)
    ring(brush, figure.color, at.x, at.y, radius + 2 + pulse * 11, 2.5)
    brush.globalAlpha = 1
  }
  const stamp = stampOf(figure, radius, pen)
  const size = (radius + MARGIN) * 2
  brush.drawImage(stamp, at.x - size / 2, at.y - size / 2, size, size)
}

function stampOf(figure: Figure, radius: number, { colors, scale, density }: Pen): HTMLCanvasElement {
  const pixels = Math.ceil((radius + MARGIN) * 2 * scale * density)
  const key = `${figure.color}${figure.symbol}${String(figure.agent === null)}${String(pixels)}${colors.bubble}`
  const known = stamps.get(key)
  if (known) return known
  if (stamps.size > 400) stamps.clear()
  const stamp = document.createElement('canvas')
  stamp.width = stamp.height = pixels
  const brush = stamp.getContext('2d')
  if (brush) {
    brush.scale(pixels / ((radius + MARGIN) * 2), pixels / ((radius + MARGIN) * 2))
    brush.translate(radius + MARGIN, radius + MARGIN)
    paintBody(brush, figure, radius, colors)
  }
  stamps.set(key, stamp)
  return stamp
}

/** Agents are round, people are tiles. */
function paintBody(brush: Brush, { agent, color, symbol }: Figure, radius: number, colors: Palette): void {
  if (agent === null) {
    box(brush, -radius * 0.9, -radius * 0.9, radius * 1.8, radius * 1.8, radius * 0.55)
    brush.fillStyle = color
    brush.fill()
    brush.strokeStyle = colors.bubble
    brush.lineWidth = 2
    brush.stroke()
  } else {
    disc(brush, colors.bubble, 0, 0, radius + 1.5)
    disc(brush, color, 0, 0, radius)
    disc(brush, 'rgb(255 255 255 / 0.18)', 0, -radius * 0.35, radius * 0.72, 0.6)
  }
  brush.fillStyle = inkOn(color)
  brush.font = `600 ${String(radius * 1.15)}px Inter, "Segoe UI Symbol", "Noto Sans Symbols2", sans-serif`
  brush.textAlign = 'center'
  brush.textBaseline = 'middle'
  brush.fillText(symbol, 0, radius * 0.08)
}
