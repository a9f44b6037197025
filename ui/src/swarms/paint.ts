/** Paints the items: each status by colour and by shape. Empty, half filled, full, crossed out, barred. */
import type { ItemStatus } from './board'
import { cellAt, type Layout } from './layout'

export type Palette = Readonly<Record<'ground' | 'pending' | 'running' | 'completed' | 'failed' | 'cancelled' | 'mark', string>>

/** The theme's colours as they are now. */
export function paletteOf(element: Element): Palette {
  const style = getComputedStyle(element)
  const of = (name: string) => style.getPropertyValue(name).trim()
  const colours = { pending: '--line-strong', running: '--gold', completed: '--success', failed: '--danger', cancelled: '--ink-faint' }
  const named = Object.fromEntries(Object.entries(colours).map(([status, token]) => [status, of(token)]))
  return { ground: of('--surface'), mark: of('--surface'), ...named } as Palette
}

type Brush = Pick<
  CanvasRenderingContext2D,
  'beginPath' | 'clearRect' | 'fill' | 'fillRect' | 'fillStyle' | 'lineTo' | 'lineWidth' | 'moveTo' | 'stroke' | 'strokeRect' | 'strokeStyle'
>

export function paintCell(brush: Brush, status: ItemStatus, layout: Layout, place: number, palette: Palette): void {
  const { x, y, size } = cellAt(layout, place)
  brush.clearRect(x - 0.5, y - 0.5, size + 1, size + 1)
  brush.lineWidth = size >= 16 ? 1.5 : 1
  const inset = brush.lineWidth / 2
  brush.strokeStyle = brush.fillStyle = palette[status]
  if (status === 'completed') brush.fillRect(x, y, size, size)
  else if (status !== 'failed') brush.strokeRect(x + inset, y + inset, size - 2 * inset, size - 2 * inset)
  if (status === 'running') half(brush, x, y, size)
  else if (status === 'failed') crossed(brush, x, y, size, palette.mark)
  else if (status === 'cancelled') line(brush, [x, y + size], [x + size, y])
  else if (status === 'completed' && size >= 16) tick(brush, x, y, size, palette.mark)
}

/** The lower left half. */
function half(brush: Brush, x: number, y: number, size: number): void {
  brush.beginPath()
  brush.moveTo(x, y)
  brush.lineTo(x + size, y + size)
  brush.lineTo(x, y + size)
  brush.fill()
}

/** A full one with a cross cut out of it. */
function crossed(brush: Brush, x: number, y: number, size: number, mark: string): void {
  brush.fillRect(x, y, size, size)
  brush.strokeStyle = mark
  brush.lineWidth = Math.max(1.25, size / 9)
  const edge = size * 0.24
  line(brush, [x + edge, y + edge], [x + size - edge, y + size - edge])
  line(brush, [x + edge, y + size - edge], [x + size - edge, y + edge])
}

function tick(brush: Brush, x: number, y: number, size: number, mark: string): void {
  brush.strokeStyle = mark
  brush.lineWidth = size / 10
  brush.beginPath()
  brush.moveTo(x + size * 0.28, y + size * 0.54)
  brush.lineTo(x + size * 0.44, y + size * 0.69)
  brush.lineTo(x + size * 0.73, y + size * 0.34)
  brush.stroke()
}

function line(brush: Brush, [fromX, fromY]: [number, number], [toX, toY]: [number, number]): void {
  brush.beginPath()
  brush.moveTo(fromX, fromY)
  brush.lineTo(toX, toY)
  brush.stroke()
}
