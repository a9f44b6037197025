/** Runs something at most once in a while, and once more at the end: many events, few questions. */
export interface Pace {
  (): void
  stop(): void
}

export function paced(run: () => unknown, period: number): Pace {
  let timer: ReturnType<typeof setTimeout> | undefined
  let last = -Infinity
  const fire = () => {
    timer = undefined
    last = Date.now()
    run()
  }
  const soon = () => {
    timer ??= setTimeout(fire, Math.max(0, last + period - Date.now()))
  }
  return Object.assign(soon, { stop: () => clearTimeout(timer) })
}
