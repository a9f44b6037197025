/** Whether it is day or night in the village. */
export type Daylight = 'day' | 'night'
export type DaylightChoice = 'local' | Daylight

const KEY = 'apex.village.daylight'

export function daylightAt(hour: number): Daylight {
  return hour >= 7 && hour < 19 ? 'day' : 'night'
}

export function daylightOf(choice: DaylightChoice, now: Date): Daylight {
  return choice === 'local' ? daylightAt(now.getHours()) : choice
}

/** Milliseconds until the light may change by itself. */
export function untilNextHour(now: Date): number {
  return 3_600_000 - (now.getTime() % 3_600_000)
}

export function storedChoice(): DaylightChoice {
  try {
    const value = localStorage.getItem(KEY)
    return value === 'day' || value === 'night' ? value : 'local'
  } catch {
    return 'local'
  }
}

export function storeChoice(choice: DaylightChoice): void {
  try {
    localStorage.setItem(KEY, choice)
  } catch {
    // Storage can be forbidden; the choice then holds until the page is closed.
  }
}
