/** Where a memory may be promoted to: from a private realm to a village, from there to a bridge. */
import type { Realm } from '@/wire'

const RANK: Record<Realm['kind'], number> = { private: 0, village: 1, bridge: 2 }

export function promotableTo(realms: readonly Realm[], from: Pick<Realm, 'id' | 'kind'>): Realm[] {
  return realms.filter(({ id, kind, role }) => id !== from.id && role !== 'reader' && RANK[kind] > RANK[from.kind])
}
