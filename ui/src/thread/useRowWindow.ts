/**
 * Draws only the rows of a long list that are near the viewport, in plain document flow. What is on screen never moves by itself: the error
 * of a guessed height is paid by the blank room above, so scrolling is not interfered with; and who is at the end stays there.
 */
import { nextTick, onBeforeUnmount, onMounted, ref, shallowRef, watch, type Ref, type ShallowRef } from 'vue'

import { endFrame, Heights, moveFrame, type Frame, type Rows } from './rowWindow'

const NEAR = 900
const AT_END = 32

interface Anchor {
  readonly element: HTMLElement
  readonly top: number
}

export interface RowWindow {
  readonly frame: ShallowRef<Frame>
  readonly stuck: Ref<boolean>
  /** At the start of what is loaded. */
  readonly nearTop: Ref<boolean>
  register(key: string, element: Element | null): void
  toEnd(smooth?: boolean): void
  /** Stay where we are, whatever comes. */
  hold(): void
  toRow(index: number): Promise<HTMLElement | null>
  onScroll(): void
  onWheel(event: WheelEvent): void
}

export function useRowWindow(scroller: Ref<HTMLElement | null>, rows: () => Rows): RowWindow {
  const heights = new Heights(rows())
  const frame = shallowRef<Frame>({ start: 0, end: 0, above: 0, below: 0 })
  const stuck = ref(true)
  const nearTop = ref(false)
  const elements = new Map<string, HTMLElement>()
  const keys = new WeakMap<Element, string>()
  let anchor: Anchor | null = null
  let last = { top: 0, height: 0 }
  const observer = new ResizeObserver(measured)

  function register(key: string, element: Element | null): void {
    const before = elements.get(key)
    if (before === element) return
    if (before) observer.unobserve(before)
    elements.delete(key)
    if (!(element instanceof HTMLElement)) return
    elements.set(key, element)
    keys.set(element, key)
    observer.observe(element)
  }

  function measured(entries: readonly ResizeObserverEntry[]): void {
    let news = false
    for (const { target } of entries) {
      const key = keys.get(target)
      if (target !== scroller.value && key && elements.get(key) === target) {
        news = heights.set(key, target.getBoundingClientRect().height) || news
      }
    }
    if (entries.some(({ target }) => target === scroller.value)) news = true
    if (!news) return
    settle()
    schedule()
  }

  /** Put back what moved though nobody scrolled. */
  function settle(): void {
    const box = scroller.value
    if (!box) return
    if (stuck.value) {
      box.scrollTop = box.scrollHeight
    } else if (anchor?.element.isConnected) {
      // What was scrolled since, and not heard of yet, is no movement of its own.
      const moved = anchor.element.getBoundingClientRect().top - anchor.top + (box.scrollTop - last.top)
      if (Math.abs(moved) >= 1) shift(box, moved)
    }
    if (gapOf(box) <= 0) stuck.value = true
    remember()
  }

  function shift(box: HTMLElement, moved: number): void {
    const { start, above } = frame.value
    const room = start === 0 ? 0 : above - moved
    if (start > 0 && room > 0) {
      frame.value = { ...frame.value, above: room }
      const spacer = box.querySelector<HTMLElement>('[data-room="above"]')
      if (spacer) spacer.style.height = `${room}px`
    } else {
      box.scrollTop += moved
    }
  }

  /** Note the first row in view, and where it stands. */
  function remember(): void {
    const box = scroller.value
    if (!box) return
    last = { top: box.scrollTop, height: box.scrollHeight }
    const edge = box.getBoundingClientRect().top
    anchor = null
    for (let index = frame.value.start; index < frame.value.end; index += 1) {
      const element = elements.get(rows().key(index))
      const rect = element?.getBoundingClientRect()
      if (element && rect && rect.bottom > edge) {
        anchor = { element, top: rect.top }
        break
      }
    }
  }

  let scheduled = false
  function schedule(): void {
    if (scheduled) return
    scheduled = true
    requestAnimationFrame(() => {
      scheduled = false
      void draw()
    })
  }

  async function draw(): Promise<void> {
    const box = scroller.value
    if (!box) return
    const viewport = { top: box.scrollTop, height: box.clientHeight }
    const next = stuck.value ? endFrame(heights, box.clientHeight + NEAR) : moveFrame(heights, frame.value, viewport, NEAR)
    const wanted = grounded(next)
    nearTop.value = wanted.start === 0 && viewport.top < NEAR
    const { start, end, above, below } = frame.value
    if (wanted.start === start && wanted.end === end && (stuck.value || (wanted.above === above && wanted.below === below))) return
    frame.value = wanted
    await nextTick()
    settle()
  }

  /** The first row stands at the very top, and none above it: there the room can't pay, so the scroll position does. */
  function grounded(next: Frame): Frame {
    if (stuck.value || (next.start > 0 ? next.above > 0 : next.above === 0)) return next
    return { ...next, above: heights.sum(0, next.start) }
  }

  function onScroll(): void {
    const box = scroller.value
    if (!box) return
    const gap = gapOf(box)
    if (box.scrollTop < last.top - 1 && box.scrollHeight >= last.height && gap > 1) stuck.value = false
    else if (gap <= AT_END && box.scrollTop >= last.top - 1) stuck.value = true
    remember()
    void draw()
  }

  function onWheel(event: WheelEvent): void {
    const box = scroller.value
    if (event.deltaY < 0 && box && box.scrollHeight > box.clientHeight) stuck.value = false
  }

  function toEnd(smooth = false): void {
    const box = scroller.value
    if (!box) return
    if (smooth && gapOf(box) < 3 * box.clientHeight && !matchMedia('(prefers-reduced-motion: reduce)').matches) {
      box.scrollTo({ top: box.scrollHeight, behavior: 'smooth' })
      return
    }
    stuck.value = true
    void draw().then(settle)
  }

  function hold(): void {
    stuck.value = false
    remember()
  }

  async function toRow(index: number): Promise<HTMLElement | null> {
    const box = scroller.value
    if (!box) return null
    stuck.value = false
    anchor = null
    const key = rows().key(index)
    if (!elements.has(key)) {
      const above = heights.sum(0, index)
      frame.value = { start: index, end: Math.min(index + 1, heights.count), above, below: heights.sum(index + 1, heights.count) }
      await nextTick()
    }
    const element = elements.get(key) ?? null
    element?.scrollIntoView({ block: 'start' })
    remember()
    await draw()
    return element
  }

  /** Rows came, went or were put before the others: the drawn ones keep their places. */
  function relocate(now: Rows, before: Rows): void {
    const index = new Map<string, number>()
    for (let at = 0; at < now.length; at += 1) index.set(now.key(at), at)
    const { start, end } = frame.value
    let first = -1
    let kept = 0
    for (let at = start; at < Math.min(end, before.length) && first < 0; at += 1) {
      first = index.get(before.key(at)) ?? -1
      kept = at - start
    }
    const from = first < 0 ? Math.min(start, now.length) : Math.max(0, first - kept)
    const to = Math.min(now.length, Math.max(from + (end - start), from + 1))
    const above = from === start ? frame.value.above : heights.sum(0, from)
    frame.value = { start: from, end: to, above, below: heights.sum(to, now.length) }
  }

  watch(rows, (now, before) => {
    heights.setRows(now)
    if (stuck.value) void draw().then(settle)
    else {
      relocate(now, before)
      void nextTick().then(settle).then(draw)
    }
  })

  onMounted(() => {
    if (scroller.value) observer.observe(scroller.value)
    void draw()
  })
  onBeforeUnmount(() => observer.disconnect())

  return { frame, stuck, nearTop, register, toEnd, hold, toRow, onScroll, onWheel }
}

/** How far it is to the end. */
function gapOf(box: HTMLElement): number {
  return box.scrollHeight - box.clientHeight - box.scrollTop
}
