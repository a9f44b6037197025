/** Whole wire objects of files, of which a test only says what matters to it. */
import type { FileEntry } from '@/wire'

import { nameOf } from './kinds'

const MOMENT = '2026-11-23T09:00:00Z'

export function file(path: string, part: Partial<FileEntry> = {}): FileEntry {
  const plain = { is_folder: false, size: 5, media_type: null, is_text: true, sha256: null, created_at: MOMENT, updated_at: MOMENT }
  return { id: `id-${path.replaceAll('/', '-')}`, path, name: nameOf(path), ...plain, ...part }
}

export function folder(path: string): FileEntry {
  return file(path, { is_folder: true, size: 0, is_text: false })
}
