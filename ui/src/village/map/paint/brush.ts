/** Strokes that the painters share. */
import type { Point } from '../ground'

export type Brush = CanvasRenderingContext2D

type Plate = readonly [x: number, y: number, width: number, height: number, radius?: number]
type Round = readonly [x: number, y: number, radius: number, flat?: number]

export function box(brush: Brush, ...[x, y, width, height, radius = 0]: Plate): void {
  brush.beginPath()
  if (radius) brush.roundRect(x, y, width, height, radius)
  else brush.rect(x, y, width, height)
}

export function fillBox(brush: Brush, color: string, [x, y, width, height]: readonly [number, number, number, number], radius = 0): void {
  box(brush, x, y, width, height, radius)
  brush.fillStyle = color
  brush.fill()
}

export function fillShape(brush: Brush, color: string, points: readonly (readonly [number, number])[]): void {
  brush.beginPath()
  points.forEach(([x, y], at) => (at ? brush.lineTo(x, y) : brush.moveTo(x, y)))
  brush.closePath()
  brush.fillStyle = color
  brush.fill()
}

export function disc(brush: Brush, color: string, ...[x, y, radius, flat = 1]: Round): void {
  brush.beginPath()
  brush.ellipse(x, y, radius, radius * flat, 0, 0, 2 * Math.PI)
  brush.fillStyle = color
  brush.fill()
}

export function ring(brush: Brush, color: string, ...[x, y, radius, width = 1]: Round): void {
  brush.beginPath()
  brush.arc(x, y, radius, 0, 2 * Math.PI)
  brush.strokeStyle = color
  brush.lineWidth = width
  brush.stroke()
}

export function polyline(brush: Brush, color: string, width: number, points: readonly Point[]): void {
  brush.beginPath()
  points.forEach(({ x, y }, at) => (at ? brush.lineTo(x, y) : brush.moveTo(x, y)))
  brush.strokeStyle = color
  brush.lineWidth = width
  brush.lineCap = brush.lineJoin = 'round'
  brush.stroke()
}

/** A soft round light. */
export function glow(brush: Brush, color: string, x: number, y: number, radius: number): void {
  const light = brush.createRadialGradient(x, y, 0, x, y, radius)
  light.addColorStop(0, color)
  light.addColorStop(1, 'rgb(240 190 90 / 0)')
  brush.fillStyle = light
  brush.fillRect(x - radius, y - radius, radius * 2, radius * 2)
}

/** Numbers between 0 and 1, the same ones each time. */
export function dice(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1664525 + 1013904223) >>> 0
    return state / 2 ** 32
  }
}
