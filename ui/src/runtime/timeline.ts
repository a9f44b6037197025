/** Lays a turn's timeline out as a waterfall: where each bar begins, how long it is, and what it says. */
import { span } from './figures'
import type { Timeline, TimelineSpan } from '@/wire'

export interface Bar {
  key: string
  name: string
  kind: TimelineSpan['kind']
  /** Per cent of the whole. */
  left: number
  width: number
  /** Per cent of the bar that passed before the model's first word. */
  silent: number
  took: string
  failed: boolean
  /** All of it in a sentence. */
  said: string
}

const STEPS = [0.001, 0.01, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600]
const NAMES: Partial<Record<TimelineSpan['kind'], string>> = { queue: 'Waiting', prepare: 'Preparing', recovery: 'Taken up again' }

export function barsOf(timeline: Timeline, modelName: (id: string) => string = (id) => id): Bar[] {
  const whole = Math.max(timeline.seconds, 0.001)
  return timeline.spans.map((part, at) => {
    const end = part.end ?? timeline.seconds
    const length = Math.max(0, end - part.begin)
    const silent = part.first_token === null || length === 0 ? 0 : (part.first_token - part.begin) / length
    const name = NAMES[part.kind] ?? (part.kind === 'model' ? modelName(part.name) : part.name)
    return {
      key: `${at}`,
      name,
      kind: part.kind,
      left: round((part.begin / whole) * 100),
      width: round((length / whole) * 100),
      silent: round(Math.min(1, Math.max(0, silent)) * 100),
      took: part.end === null ? `${span(length)}…` : span(length),
      failed: part.failed,
      said: sentence(part, name, length),
    }
  })
}

function sentence(part: TimelineSpan, name: string, length: number): string {
  const step = part.step === null ? '' : `, step ${part.step + 1}`
  const first = part.first_token === null ? '' : `, first word after ${span(part.first_token - part.begin)}`
  const end = part.end === null ? 'not finished' : `took ${span(length)}`
  return `${name}${step}: began after ${span(part.begin)}, ${end}${first}${part.failed ? ', failed' : ''}`
}

/** Moments for the scale: the beginning, the end, and what is round between them. */
export function ticksOf(seconds: number): { at: number; text: string }[] {
  const step = STEPS.find((each) => seconds / each <= 5) ?? seconds
  const whole = Math.max(seconds, 0.001)
  const count = Math.floor(seconds / step + 1e-9)
  return Array.from({ length: count + 1 }, (_, at) => ({ at: round(((at * step) / whole) * 100), text: span(at * step) }))
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
