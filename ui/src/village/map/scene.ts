/** What the map shows: figures, what they do and say, and who agrees. Plain frozen data that `happen` takes on. */
import { SQUARE, spotAt, type Point, type ZoneName } from './ground'
import { keyOf, type Being, type Happening } from './happenings'
import { looksOf } from './looks'
import { arrival, isWalking, placeOn, walk, type Walk } from './walks'
import type { Convergence, Presence, Zone } from '@/wire'

export interface Words {
  readonly text: string
  /** When they were said, as the server tells it. */
  readonly at: string
}

export interface Figure extends Being {
  readonly key: string
  readonly name: string
  readonly color: string
  readonly symbol: string
  /** What it is good at, where that is known. */
  readonly about: string
  readonly zone: ZoneName
  readonly spot: number
  readonly tool: string | null
  /** The walk under way, and the one after it. */
  readonly walks: readonly Walk[]
  readonly words: Words | null
  /** Until when its last words stand over it, on the clock of the scene. */
  readonly speaksUntil: number
}

export interface Agreement {
  readonly convergence: Convergence
  readonly keys: readonly string[]
  /** Until when it is drawn by itself. */
  readonly shownUntil: number
}

export interface Scene {
  readonly zones: readonly Zone[]
  readonly figures: ReadonlyMap<string, Figure>
  /** The newest first. */
  readonly agreements: readonly Agreement[]
}

export const EMPTY: Scene = { zones: [], figures: new Map(), agreements: [] }
/** How long somebody stays where a tool was, so that a quick tool is seen too. */
export const LINGER = 1_600
const AGREEMENT_SHOWN = 14_000
const MOST_AGREEMENTS = 20

export interface Moment {
  /** Milliseconds on a clock that never goes back. */
  readonly now: number
  /** Who wants no motion: figures are at once where they go. */
  readonly still?: boolean
}

/** The scene after something has happened. */
export function happen(scene: Scene, happening: Happening, moment: Moment): Scene {
  if (happening.kind === 'here') return gather(scene, happening.here, moment)
  if (happening.kind === 'agreed') return agree(scene, happening.convergence, moment.now + AGREEMENT_SHOWN)
  const known = withFigure(scene, happening.who)
  const figure = known.figures.get(keyOf(happening.who)) as Figure
  if (happening.kind === 'said') {
    const words = { text: happening.text, at: happening.at }
    return put(known, { ...figure, words, speaksUntil: moment.now + readingTime(happening.text) })
  }
  if (happening.kind === 'idle') return go(known, { ...figure, tool: null }, SQUARE, moment)
  return go(known, { ...figure, tool: happening.tool }, happening.zone, moment)
}

/** How long words stand: long enough to be read. */
export function readingTime(text: string): number {
  return Math.min(12_000, 4_000 + Math.min(text.length, 140) * 55)
}

export function withFigure(scene: Scene, who: Being, looks: Partial<Figure> = {}): Scene {
  const key = keyOf(who)
  const before = scene.figures.get(key)
  if (before) return put(scene, { ...before, ...looks })
  const figure: Figure = {
    ...who,
    key,
    ...looksOf(who),
    zone: SQUARE,
    spot: freeSpot(scene, SQUARE, key),
    tool: null,
    walks: [],
    words: null,
    speaksUntil: 0,
    ...looks,
  }
  return put(scene, figure)
}

function put(scene: Scene, figure: Figure): Scene {
  return { ...scene, figures: new Map(scene.figures).set(figure.key, figure) }
}

function go(scene: Scene, figure: Figure, name: ZoneName, { now, still }: Moment): Scene {
  const zone = zoneNamed(scene, name)
  const home = zoneNamed(scene, figure.zone)
  if (!zone || !home) return put(scene, figure)
  if (zone === home) return put(scene, { ...figure, walks: figure.walks.filter((one) => arrival(one) > now).slice(0, 1) })
  const spot = freeSpot(scene, zone.name, figure.key)
  const to = { at: spotAt(zone, spot), zone }
  const settled = { ...figure, zone: zone.name, spot }
  if (still) return put(scene, { ...settled, walks: [] })
  const [under] = figure.walks.filter((one) => isWalking(one, now))
  const arrived = Math.max(now, under ? arrival(under) : 0)
  // Back to the square only after a while; to the next tool from wherever it is.
  if (zone.name === SQUARE) {
    const back = walk(scene.zones, { at: spotAt(home, figure.spot), zone: home }, to, arrived + LINGER)
    return put(scene, { ...settled, walks: [...(under ? [under] : [stay(spotAt(home, figure.spot), now)]), back] })
  }
  const from = { at: placeOf(scene, figure, now), zone: home }
  return put(scene, { ...settled, walks: [walk(scene.zones, from, to, now)] })
}

function stay(at: Point, now: number): Walk {
  return { path: [at], marks: [0], start: now, lasts: LINGER }
}

/** Where a figure is at a moment. */
export function placeOf(scene: Scene, figure: Figure, now: number): Point {
  const under = figure.walks.findLast((one) => one.start <= now) ?? figure.walks[0]
  if (under && (now < arrival(under) || under !== figure.walks.at(-1))) return placeOn(under, now)
  const zone = zoneNamed(scene, figure.zone)
  return zone ? spotAt(zone, figure.spot) : { x: 0, y: 0 }
}

/** Whether anything moves by itself at a moment: then the next frame is to be drawn. */
export function isLively(scene: Scene, now: number): boolean {
  for (const { walks, speaksUntil, tool } of scene.figures.values()) {
    if (tool !== null || speaksUntil > now || walks.some((one) => arrival(one) > now)) return true
  }
  return scene.agreements.some((one) => one.shownUntil > now)
}

function freeSpot(scene: Scene, zone: ZoneName, key: string): number {
  const taken = new Set<number>()
  for (const figure of scene.figures.values()) if (figure.zone === zone && figure.key !== key) taken.add(figure.spot)
  let spot = 0
  while (taken.has(spot)) spot += 1
  return spot
}

export function zoneNamed(scene: Scene, name: ZoneName): Zone | undefined {
  return scene.zones.find((zone) => zone.name === name)
}

/** Who is here: people who are not are gone, agents stay where they are unless the list says otherwise. */
function gather(scene: Scene, here: readonly Presence[], moment: Moment): Scene {
  const present = new Set(here.map(({ user_id: userId, agent }) => keyOf({ userId, agent })))
  const stays = ([key, figure]: [string, Figure]) => figure.agent !== null || present.has(key)
  let next: Scene = { ...scene, figures: new Map([...scene.figures].filter(stays)) }
  for (const { user_id: userId, agent, zone, tool } of here) {
    const known = withFigure(next, { userId, agent })
    next = go(known, { ...(known.figures.get(keyOf({ userId, agent })) as Figure), tool }, zone, moment)
  }
  return next
}

/** An agreement becomes known, or another than it was; dismissed ones are not shown. */
export function agree(scene: Scene, convergence: Convergence, shownUntil: number): Scene {
  const others = scene.agreements.filter((one) => one.convergence.id !== convergence.id)
  if (convergence.status === 'dismissed') return { ...scene, agreements: others }
  const beings = convergence.statements.map(({ user_id: userId, agent }) => ({ userId, agent }))
  const known = beings.reduce((sum, who) => withFigure(sum, who), scene)
  const agreement = { convergence, keys: [...new Set(beings.map(keyOf))], shownUntil }
  return { ...known, agreements: [agreement, ...others].slice(0, MOST_AGREEMENTS) }
}
