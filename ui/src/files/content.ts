/** The bytes of workspace files, asked for with the person's token; addresses of them are kept while the page lives. */
import { nameOf, shownType } from './kinds'
import { contentOf, fileAt } from './workspace'

const KEPT = 80
const LONGEST_TEXT = 200_000
const urls = new Map<string, Promise<string>>()

export interface Which {
  /** An earlier content of it. */
  version?: string | null
  /** Of the file, where it is known: it spares a question. */
  id?: string
  /** What tells this content from a later one under the same path. */
  stamp?: string
}

/** An address for an <img> or an <audio>. Under no other type than one of theirs, so that it never opens as a page of ours. */
export function fileUrl(path: string, which: Which = {}): Promise<string> {
  const key = `${path}\n${which.version ?? ''}\n${which.stamp ?? ''}`
  const known = urls.get(key)
  if (known) return known
  const url = fileBlob(path, which).then((blob) => URL.createObjectURL(new Blob([blob], { type: shownType(path) })))
  urls.set(key, url)
  url.catch(() => urls.delete(key))
  if (urls.size > KEPT) forgetOldest()
  return url
}

export async function fileBlob(path: string, { id, version }: Which = {}): Promise<Blob> {
  return contentOf(id ?? (await fileAt(path)).id, version)
}

/** Its text, if it is one: no text holds a zero byte. */
export async function fileText(path: string, which: Which = {}): Promise<string | null> {
  const text = await (await fileBlob(path, which)).text()
  if (text.slice(0, 10_000).includes('\0')) return null
  return text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}\n…` : text
}

export async function download(path: string, which: Which = {}): Promise<void> {
  const bytes = new Blob([await fileBlob(path, which)], { type: 'application/octet-stream' })
  const url = URL.createObjectURL(bytes)
  const link = document.createElement('a')
  link.href = url
  link.download = nameOf(path)
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}

function forgetOldest(): void {
  const [key, url] = urls.entries().next().value ?? []
  if (!key || !url) return
  urls.delete(key)
  void url.then((address) => URL.revokeObjectURL(address)).catch(() => undefined)
}
