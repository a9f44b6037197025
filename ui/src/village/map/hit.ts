/** What lies under a pointer: a figure before a zone. */
import { VIEW, type Point } from './ground'
import { placeOf, type Scene } from './scene'

/** Where a point of the screen is in the world, when the map is so many pixels wide. */
export function worldPoint(x: number, y: number, width: number): Point {
  const share = VIEW.width / width
  return { x: VIEW.x + x * share, y: VIEW.y + y * share }
}

/** Where a point of the world is on a map so many pixels wide. */
export function screenPoint({ x, y }: Point, width: number): Point {
  const share = width / VIEW.width
  return { x: (x - VIEW.x) * share, y: (y - VIEW.y) * share }
}

/** The key of the nearest figure within reach, else the name of the zone there. */
export function hit(scene: Scene, point: Point, now: number, reach: number): string | null {
  let nearest: string | null = null
  let least = reach
  for (const figure of scene.figures.values()) {
    const { x, y } = placeOf(scene, figure, now)
    const far = Math.hypot(x - point.x, y - point.y)
    if (far <= least) [nearest, least] = [figure.key, far]
  }
  if (nearest !== null) return nearest
  const zone = scene.zones.find((one) => Math.abs(point.x - one.x) <= one.width / 2 && Math.abs(point.y - one.y + 10) <= one.height / 2)
  return zone?.name ?? null
}
