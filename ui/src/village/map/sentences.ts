/** The map in words: for the list, for screen readers, for the cards. */
import type { Happening } from './happenings'
import { keyOf } from './happenings'
import { zoneNamed, type Agreement, type Figure, type Scene } from './scene'

export function whereText(scene: Scene, figure: Figure): string {
  return zoneNamed(scene, figure.zone)?.title ?? 'Village square'
}

export function doesText(figure: Figure): string {
  if (figure.tool) return `uses ${figure.tool}`
  return figure.agent === null ? 'is here' : 'has nothing to do'
}

/** The beginning of something said, cut between words. */
export function excerpt(text: string, most: number): string {
  const flat = text.replace(/\s+/g, ' ').trim()
  if (flat.length <= most) return flat
  const cut = flat.slice(0, most - 1)
  const space = cut.lastIndexOf(' ')
  return `${(space > most * 0.5 ? cut.slice(0, space) : cut).trimEnd()}…`
}

const collator = new Intl.Collator(undefined, { numeric: true })

/** Everybody by name, so that the order stays while they walk. */
export function listed(scene: Scene): Figure[] {
  return [...scene.figures.values()].sort((one, other) => collator.compare(one.name, other.name) || collator.compare(one.key, other.key))
}

export function agreementText(scene: Scene, { convergence, keys }: Agreement): string {
  const names = keys.map((key) => scene.figures.get(key)?.name ?? 'Somebody')
  const kind = convergence.kind === 'CONSENSUS' ? 'consensus' : 'harmony'
  return `${together(names)}: ${kind}, ${convergence.independent ? 'found independently' : 'an echo'}`
}

export function together(names: readonly string[]): string {
  if (names.length < 2) return names[0] ?? ''
  return `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`
}

/** What has happened, as one sentence; null for what is not worth saying. */
export function sentence(scene: Scene, happening: Happening): string | null {
  if (happening.kind === 'here') return null
  if (happening.kind === 'agreed') {
    const found = scene.agreements.find((one) => one.convergence.id === happening.convergence.id)
    return found ? `${agreementText(scene, found)}.` : null
  }
  const figure = scene.figures.get(keyOf(happening.who))
  if (!figure || happening.kind === 'idle') return null
  if (happening.kind === 'said') return `${figure.name} says: ${excerpt(happening.text, 120)}`
  return `${figure.name} goes to the ${whereText(scene, figure).toLowerCase()}${happening.tool ? ` and ${doesText(figure)}` : ''}.`
}

/** Many sentences as few: the last ones, and how many more there were. */
export function digest(sentences: readonly string[], most = 3): string {
  const more = sentences.length - most
  const kept = sentences.slice(-most).join(' ')
  return more > 0 ? `${kept} And ${String(more)} more.` : kept
}
