/** Paths and names, as the workspace has them. */
import { folderOf, nameOf } from './kinds'

const LONGEST = 120

export interface Crumb {
  readonly name: string
  readonly path: string
}

/** The folders on the way, the workspace itself first. */
export function crumbsOf(folder: string): Crumb[] {
  const parts = folder.split('/').filter(Boolean)
  return [{ name: 'Files', path: '' }, ...parts.map((name, at) => ({ name, path: parts.slice(0, at + 1).join('/') }))]
}

/** A sentence, or null: what the server would refuse is not sent to it. */
export function whyNotName(name: string, others: readonly string[] = []): string | null {
  const text = name.trim()
  if (!text) return 'Give it a name.'
  if (text === '.' || text === '..') return 'This name means another folder.'
  if (/[/\\]/.test(text)) return 'A name has no slashes.'
  if (text.length > LONGEST) return `At most ${String(LONGEST)} letters.`
  return others.includes(text) ? 'There is something with this name already.' : null
}

/** How much of a name is selected to be written over: not its ending. */
export function stemLength(name: string): number {
  const dot = name.lastIndexOf('.')
  return dot > 0 ? dot : name.length
}

/** It can't go into itself, and needs not go where it is. */
export function canMove(path: string, isFolder: boolean, to: string): boolean {
  if (folderOf(path) === to) return false
  return !(isFolder && (to === path || to.startsWith(`${path}/`)))
}

/** Where a person is led after a folder was renamed, moved or deleted: as near as can be. */
export function followed(current: string, from: string, to: string | null): string {
  if (current !== from && !current.startsWith(`${from}/`)) return current
  return to === null ? folderOf(from) : to + current.slice(from.length)
}

/** A name beside one that is taken: `a/b.txt` becomes `a/b (2).txt`. */
export function besides(path: string, count: number): string {
  const stem = path.length - nameOf(path).length + stemLength(nameOf(path))
  return `${path.slice(0, stem)} (${String(count)})${path.slice(stem)}`
}
