/** What a person can do with an entry, and the keys for it. */

export type Deed = 'open' | 'download' | 'rename' | 'move' | 'versions' | 'remove'

export function deedOfKey(key: string): Deed | null {
  if (key === 'F2') return 'rename'
  if (key === 'Delete') return 'remove'
  return null
}

/** Where an arrow leads in rows of so many columns; null: nowhere. */
export function stepTo(key: string, at: number, count: number, columns: number): number | null {
  const steps: Partial<Record<string, number>> = { ArrowDown: columns, ArrowUp: -columns, Home: -at, End: count - 1 - at }
  if (columns > 1) Object.assign(steps, { ArrowRight: 1, ArrowLeft: -1 })
  const step = steps[key]
  if (step === undefined) return null
  const to = at + step
  return to >= 0 && to < count ? to : key === 'ArrowDown' && at + 1 < count ? count - 1 : at
}
