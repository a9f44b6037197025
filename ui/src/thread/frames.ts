/** Gathers what comes in quick succession and hands it over once a frame; a page in the background, which has no frames, by a timer. */

const LONGEST_WAIT = 200

export interface Frames<T> {
  push(item: T): void
  /** Hand over now what has gathered. */
  flush(): void
  clear(): void
}

export function gatherFrames<T>(hand: (items: readonly T[]) => void): Frames<T> {
  let items: T[] = []
  let frame = 0
  let timer: ReturnType<typeof setTimeout> | undefined

  function flush(): void {
    cancelAnimationFrame(frame)
    clearTimeout(timer)
    frame = 0
    if (!items.length) return
    const gathered = items
    items = []
    hand(gathered)
  }

  return {
    push(item) {
      items.push(item)
      if (frame) return
      frame = requestAnimationFrame(flush)
      timer = setTimeout(flush, LONGEST_WAIT)
    },
    flush,
    clear() {
      items = []
      flush()
    },
  }
}
