/** Words on the map, in sizes of the screen so that they can be read on a phone too. */
import { box, type Brush } from './brush'
import type { Pen } from './figures'
import { VIEW, type Point } from '../ground'

const FONT = 'Inter, system-ui, sans-serif'
const LINES = 3
const wrapped = new Map<string, readonly string[]>()

/** Text as lines of at most a width; what is over has an ellipsis. */
export function wrap(text: string, width: number, measure: (text: string) => number, most = LINES): string[] {
  const lines: string[] = []
  let line = ''
  const words = text.split(' ')
  for (const [at, word] of words.entries()) {
    const longer = line ? `${line} ${word}` : word
    if (!line || measure(longer) <= width) {
      line = longer
      continue
    }
    if (lines.length === most - 1) return [...lines, shortened(`${line} ${words.slice(at).join(' ')}`, width, measure)]
    lines.push(line)
    line = word
  }
  return [...lines, shortened(line, width, measure)]
}

function shortened(text: string, width: number, measure: (text: string) => number): string {
  if (measure(text) <= width) return text
  let [low, high] = [0, text.length]
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (measure(`${text.slice(0, middle).trimEnd()}…`) <= width) low = middle
    else high = middle - 1
  }
  return `${text.slice(0, low).trimEnd()}…`
}

export interface Sign {
  readonly text: string
  readonly at: Point
  /** Its edge, and whether it points down to where it belongs. */
  readonly line?: string
  readonly tail?: boolean
  readonly size?: number
  readonly ground: string
  readonly ink: string
  readonly widest?: number
  readonly bold?: boolean
}

/** A plate of words with its lower middle at a point, kept inside of the map. */
export function paintSign(brush: Brush, sign: Sign, { scale }: Pen): void {
  const size = sign.size ?? 12
  const widest = sign.widest ?? 170
  brush.save()
  brush.font = `${sign.bold ? '600' : '500'} ${String(size)}px ${FONT}`
  const measure = (text: string) => brush.measureText(text).width
  const lines = linesOf(sign.text, `${String(size)}|${String(widest)}`, () => wrap(sign.text, widest, measure))
  const width = Math.max(...lines.map(measure)) + 16
  const height = lines.length * size * 1.3 + 8
  const middle = inside(sign.at.x * scale, VIEW.x * scale + width / 2 + 4, (VIEW.x + VIEW.width) * scale - width / 2 - 4)
  const bottom = Math.max(sign.at.y * scale, VIEW.y * scale + height + 8)
  brush.scale(1 / scale, 1 / scale)
  plate(brush, sign, [middle - width / 2, bottom - height, width, height])
  brush.fillStyle = sign.ink
  brush.textAlign = 'center'
  brush.textBaseline = 'middle'
  lines.forEach((line, at) => brush.fillText(line, middle, bottom - height + 4 + (at + 0.53) * size * 1.3))
  brush.restore()
}

function plate(brush: Brush, { ground, line, tail, at: _at }: Sign, [x, y, width, height]: [number, number, number, number]): void {
  box(brush, x, y, width, height, Math.min(9, height / 2))
  brush.fillStyle = ground
  brush.fill()
  if (line) {
    brush.strokeStyle = line
    brush.lineWidth = 1
    brush.stroke()
  }
  if (!tail) return
  brush.beginPath()
  brush.moveTo(x + width / 2 - 5, y + height - 0.5)
  brush.lineTo(x + width / 2, y + height + 5)
  brush.lineTo(x + width / 2 + 5, y + height - 0.5)
  brush.fill()
}

function inside(value: number, least: number, most: number): number {
  return Math.max(least, Math.min(most, value))
}

function linesOf(text: string, manner: string, make: () => readonly string[]): readonly string[] {
  const key = `${manner}|${text}`
  const known = wrapped.get(key)
  if (known) return known
  if (wrapped.size > 300) wrapped.clear()
  const lines = make()
  wrapped.set(key, lines)
  return lines
}
