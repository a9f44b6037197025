/** What a person may do in a realm, and how it is said. */
import type { Realm, RealmMember } from '@/wire'

export const KINDS: Record<Realm['kind'], string> = { private: 'Private', village: 'Village', bridge: 'Bridge' }

export const MEANING: Record<Realm['kind'], string> = {
  private: 'One agent of yours, and nobody else.',
  village: 'All agents of its members.',
  bridge: 'Only those who are named, each by a grant that can be taken back.',
}

export const ROLES: { value: Realm['role']; text: string }[] = [
  { value: 'reader', text: 'Reader' },
  { value: 'writer', text: 'Writer' },
  { value: 'keeper', text: 'Keeper' },
]

export const DUTIES: Record<Realm['role'], string> = {
  reader: 'Reads.',
  writer: 'Adds, and changes their own.',
  keeper: 'Does all, and says who belongs.',
}

type Standing = Pick<Realm, 'kind' | 'role' | 'mine' | 'home'>

/** Members of a private realm there are none. */
export function mayKeep({ role, kind }: Standing): boolean {
  return role === 'keeper' && kind !== 'private'
}

/** The home village stays as it is: everybody has one. */
export function mayDelete({ mine, home }: Standing): boolean {
  return mine && !home
}

export function mayTransfer({ mine, home, kind }: Standing): boolean {
  return mine && !home && kind !== 'private'
}

/** Its owner does not leave: they hand it over or delete it. */
export function mayLeave({ mine }: Standing): boolean {
  return !mine
}

export function nameOf({ display_name, agent, you }: Pick<RealmMember, 'display_name' | 'agent' | 'you'>): string {
  const person = you ? 'You' : (display_name ?? 'Somebody')
  return agent ? `${agent} (${you ? 'yours' : person})` : person
}

export function memberKey({ user_id, agent }: Pick<RealmMember, 'user_id' | 'agent'>): string {
  return `${user_id} ${agent ?? ''}`
}

/** The people a realm can be handed over to. */
export function heirs(members: readonly RealmMember[]): RealmMember[] {
  return members.filter(({ agent, owner }) => agent === null && !owner)
}

/** The address of an invitation, as one sends it. */
export function inviteLink(path: string, origin = location.origin): string {
  return new URL(path, origin).toString()
}

export function hoursText(hours: number): string {
  if (hours < 48) return hours === 1 ? '1 hour' : `${hours} hours`
  return `${Math.round(hours / 24)} days`
}
