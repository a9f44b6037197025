/** A dial: an arc of three quarters of a circle, filled as far as the score goes. */

const START = 135
const SWEEP = 270

/** The arc from the dial's beginning to this share of it, around the middle of a field 100 wide and high. */
export function arcOf(share: number, radius = 42): string {
  const sweep = SWEEP * Math.min(1, Math.max(0, share))
  const [a, b] = [point(START, radius), point(START + sweep, radius)]
  return `M${a}A${radius} ${radius} 0 ${sweep > 180 ? 1 : 0} 1 ${b}`
}

function point(degrees: number, radius: number): string {
  const angle = (degrees * Math.PI) / 180
  return `${(50 + radius * Math.cos(angle)).toFixed(2)} ${(50 + radius * Math.sin(angle)).toFixed(2)}`
}

export function verdictOf(score: number): string {
  if (score >= 80) return 'Well kept'
  return score >= 50 ? 'Fair' : 'Neglected'
}
