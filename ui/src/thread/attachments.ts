/** The contents of attached files, asked for with the person's token and kept while the page lives. */
import { api } from '@/api'

const KEPT = 60
const LONGEST_TEXT = 200_000
const urls = new Map<string, Promise<string>>()

/** An address of the file's bytes for an <img> or a download. */
export function attachmentUrl(id: string): Promise<string> {
  const known = urls.get(id)
  if (known) return known
  const url = load(id).then((blob) => URL.createObjectURL(blob))
  urls.set(id, url)
  url.catch(() => urls.delete(id))
  if (urls.size > KEPT) forgetOldest()
  return url
}

export async function attachmentText(id: string): Promise<string> {
  const text = await (await load(id)).text()
  return text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}\n…` : text
}

function load(id: string): Promise<Blob> {
  return api.blob(`/chat/attachments/${id}/content`)
}

function forgetOldest(): void {
  const [id, url] = urls.entries().next().value ?? []
  if (!id || !url) return
  urls.delete(id)
  void url.then((address) => URL.revokeObjectURL(address)).catch(() => undefined)
}
