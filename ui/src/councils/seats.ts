/** Who sits in a council, and how they look. */
import type { Council, Member } from '@/wire'
import { looksOf, type Looks } from '@/village/map/looks'

/** The founders look the same everywhere, also before anybody has signed in (village/agents/founders.py). */
export const FOUNDERS: Readonly<Record<string, Pick<Looks, 'color' | 'symbol'>>> = {
  AZOTH: { color: '#d4a72c', symbol: '☿' },
  ELYSIAN: { color: '#e07aa0', symbol: '☾' },
  VAJRA: { color: '#5b8def', symbol: '⚡' },
  KETHER: { color: '#a678d8', symbol: '✧' },
}

export function seatLooks(seat: Pick<Member, 'name' | 'agent'>): Pick<Looks, 'color' | 'symbol'> {
  const founder = FOUNDERS[seat.agent ?? '']
  if (founder) return founder
  const plain = looksOf({ userId: '', agent: seat.agent ?? seat.name })
  return { color: plain.color, symbol: ([...seat.name.trim()][0] ?? '').toUpperCase() }
}

/** Whether a member sits at the table in a round. */
export function sits(member: Member, round: number): boolean {
  return member.joined_round <= round && (member.left_round === null || round < member.left_round)
}

/** Those who still sit there. */
export function seated(council: Pick<Council, 'members'>): Member[] {
  return council.members.filter((member) => member.left_round === null)
}

export function nameOf(council: Pick<Council, 'members'>, n: number): string {
  return council.members.find((member) => member.n === n)?.name ?? `Member ${n}`
}

export function namesOf(council: Pick<Council, 'members'>, members: readonly number[]): string {
  return new Intl.ListFormat('en').format(members.map((n) => nameOf(council, n)))
}
