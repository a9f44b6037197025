/** What a message may hold, and why it can't be sent as it is. */
import type { Upload } from './uploads'

export const MOST_LETTERS = 200_000
export const MOST_FILES = 10
/** Pasted text beyond this becomes a file. */
export const PASTED_AS_FILE = 8_000

const KILOBYTE = 1024
const MEGABYTE = 1024 * KILOBYTE

/** A sentence, or null: what the server would refuse is not sent to it. */
export function tooLarge(file: Pick<File, 'size' | 'type'>): string | null {
  const [most, name] = file.type.startsWith('image/')
    ? [5 * MEGABYTE, '5 MB for an image']
    : file.type === 'application/pdf'
      ? [10 * MEGABYTE, '10 MB for a PDF']
      : [512 * KILOBYTE, '512 KB for a text']
  return file.size > most ? `Too large: at most ${name}` : null
}

export interface Composed {
  readonly text: string
  readonly uploads: readonly Upload[]
  readonly busy: boolean
  readonly imagesAllowed: boolean
}

/** A sentence for people, or null when it can be sent. */
export function whyNotSend({ text, uploads, busy, imagesAllowed }: Composed): string | null {
  if (busy) return 'Wait for the answer, or stop it'
  if (uploads.some(({ state }) => state === 'sending')) return 'Wait until the files are uploaded'
  if (uploads.some(({ state }) => state === 'failed')) return 'Remove the files that could not be uploaded'
  if (!imagesAllowed && uploads.some(({ attachment }) => attachment?.kind === 'image')) return 'This model cannot see images'
  if (text.length > MOST_LETTERS) return `The message is too long: at most ${MOST_LETTERS.toLocaleString()} letters`
  if (!text.trim()) return 'Write a message first'
  return null
}

export function lettersLeft(text: string): number | null {
  return text.length > MOST_LETTERS * 0.9 ? MOST_LETTERS - text.length : null
}
