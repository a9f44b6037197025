/** Who stands in the village of a realm before anything has happened. */
import { agree, withFigure, happen, type Moment, type Scene } from './scene'
import { keyOf } from './happenings'
import { personLooks, profileLooks, type Looks } from './looks'
import type { AgentProfile, Convergence, KnowledgeHit, RealmDetail, Zone } from '@/wire'

export interface Beginning {
  readonly zones: readonly Zone[]
  readonly detail: RealmDetail
  readonly profiles: readonly AgentProfile[]
  /** The newest first. */
  readonly said: readonly KnowledgeHit[]
  readonly convergences: readonly Convergence[]
  readonly userId: string
}

export function begin({ zones, detail, profiles, said, convergences, userId }: Beginning, moment: Moment): Scene {
  const still = { ...moment, still: true }
  const looks = looksBook(detail, profiles, userId)
  let scene: Scene = { zones, figures: new Map(), agreements: [] }
  for (const agent of ownAgents(detail, profiles, userId)) scene = withFigure(scene, { userId, agent })
  for (const { agent, user_id: owner } of detail.members) if (agent !== null) scene = withFigure(scene, { userId: owner, agent })
  scene = happen(scene, { kind: 'here', here: detail.here }, still)
  for (const one of [...convergences].reverse()) scene = agree(scene, one, 0)
  for (const { knowledge } of [...said].reverse()) {
    const who = { userId: knowledge.user_id, agent: knowledge.agent }
    if (who.agent === null && !scene.figures.has(keyOf(who))) continue
    scene = withFigure(scene, who, { words: { text: knowledge.content, at: knowledge.created_at } })
  }
  return dressed(scene, looks)
}

/** Everybody as they look, those too who have only just come. */
export function dressed(scene: Scene, looks: (userId: string, agent: string | null) => Looks | null): Scene {
  const figures = [...scene.figures].map(([key, one]) => [key, { ...one, ...looks(one.userId, one.agent) }] as const)
  return { ...scene, figures: new Map(figures) }
}

/** Which of one's own agents enter the realm. */
function ownAgents(detail: RealmDetail, profiles: readonly AgentProfile[], userId: string): string[] {
  if (detail.realm.kind === 'private') return detail.realm.agent === null ? [] : [detail.realm.agent]
  const entries = detail.members.filter((one) => one.user_id === userId)
  if (entries.some((one) => one.agent === null)) return profiles.map((one) => one.agent)
  return entries.flatMap((one) => (one.agent === null ? [] : [one.agent]))
}

/** How somebody looks: founders are the same for everybody, others' own agents are known by name only. */
export function looksBook(detail: RealmDetail, profiles: readonly AgentProfile[], me: string) {
  const names = new Map(detail.members.map((one) => [one.user_id, one.display_name]))
  return (userId: string, agent: string | null): Looks | null => {
    if (agent === null) return personLooks(userId === me ? `${names.get(userId) ?? 'You'}` : (names.get(userId) ?? null))
    const profile = profiles.find((one) => one.agent === agent && (userId === me || one.built_in))
    return profile ? profileLooks(profile) : null
  }
}
