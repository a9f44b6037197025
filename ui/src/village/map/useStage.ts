/** Draws the village frame by frame while somebody looks and something moves; otherwise it rests. */
import { onBeforeUnmount, onMounted, type ShallowRef } from 'vue'

/** Lamps and water go on breathing, slowly. */
const BREATH = 120

export interface Stage {
  draw(now: number): void
  /** Whether each frame counts now. */
  lively(now: number): boolean
  /** Whether nothing at all is to move by itself. */
  still(): boolean
}

export function useStage(canvas: Readonly<ShallowRef<HTMLCanvasElement | null>>, stage: Stage) {
  let frame = 0
  let timer: ReturnType<typeof setTimeout> | undefined
  let observer: ResizeObserver | null = null

  function rest(): void {
    cancelAnimationFrame(frame)
    clearTimeout(timer)
    frame = 0
    timer = undefined
  }

  function next(): void {
    rest()
    if (!document.hidden) frame = requestAnimationFrame(run)
  }

  function run(): void {
    const now = performance.now()
    stage.draw(now)
    frame = 0
    if (document.hidden) return
    if (stage.lively(now)) frame = requestAnimationFrame(run)
    else if (!stage.still()) timer = setTimeout(next, BREATH)
  }

  /** As many device pixels as it is wide; drawn anew when that changes. */
  function fit(): void {
    const element = canvas.value
    if (!element) return
    const density = Math.min(devicePixelRatio || 1, 2)
    element.width = Math.round(element.clientWidth * density)
    element.height = Math.round(element.clientHeight * density)
    next()
  }

  onMounted(() => {
    document.addEventListener('visibilitychange', next)
    observer = typeof ResizeObserver === 'undefined' ? null : new ResizeObserver(fit)
    if (canvas.value) observer?.observe(canvas.value)
    fit()
  })
  onBeforeUnmount(() => {
    document.removeEventListener('visibilitychange', next)
    observer?.disconnect()
    rest()
  })
  return { wake: next }
}
