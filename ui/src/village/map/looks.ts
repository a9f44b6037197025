/** How somebody looks on the map and in the chat: name, colour and sign, from a profile or from the name alone. */
import type { Being } from './happenings'
import type { AgentProfile } from '@/wire'

export interface Looks {
  readonly name: string
  readonly color: string
  readonly symbol: string
  readonly about: string
}

/** The agent that answers where nobody else was chosen. */
export const ASSISTANT = 'CLAUDE'
const COLORS = ['#c08552', '#6f9d8e', '#8f86c9', '#b9705f', '#7d9a5b', '#5f93b5', '#b78fb0', '#a39a5c'] as const
const PLAIN = '#94a3b8'

export function looksOf({ agent }: Being): Looks {
  if (agent === null) return { name: 'Somebody', color: PLAIN, symbol: '', about: '' }
  const name = agent.slice(0, 1) + agent.slice(1).toLowerCase().replaceAll('_', ' ')
  return { name, color: COLORS[hash(agent) % COLORS.length] ?? PLAIN, symbol: [...name][0] ?? '', about: '' }
}

export function profileLooks(profile: AgentProfile): Looks {
  const plain = looksOf({ userId: '', agent: profile.agent })
  return {
    name: profile.display_name || plain.name,
    color: isColor(profile.color) ? profile.color : plain.color,
    symbol: profile.symbol ? ([...profile.symbol][0] ?? plain.symbol) : plain.symbol,
    about: profile.specialization,
  }
}

export function personLooks(name: string | null): Looks {
  const shown = name?.trim() || 'Somebody'
  return { name: shown, color: PLAIN, symbol: ([...shown][0] ?? '').toUpperCase(), about: '' }
}

function isColor(color: string | null): color is string {
  return color !== null && /^#[0-9a-f]{6}$/i.test(color)
}

/** Black or white, whichever can be read on a colour better. */
export function inkOn(color: string): string {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const share = parseInt(color.slice(at, at + 2), 16) / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179 ? '#14181f' : '#ffffff'
}

function hash(text: string): number {
  return [...text].reduce((sum, letter) => (sum * 31 + (letter.codePointAt(0) ?? 0)) >>> 0, 7)
}
