/** What a file is, by its name. */
import type { IconName } from '@/parts/icons'

export type Kind = 'image' | 'audio' | 'video' | 'pdf' | 'table' | 'text' | 'archive' | 'other'

const TYPES: Partial<Record<string, string>> = {
  png: 'image/png', jpg: 'image/jpeg', jpeg: 'image/jpeg', webp: 'image/webp', gif: 'image/gif', svg: 'image/svg+xml', avif: 'image/avif',
  bmp: 'image/bmp', ico: 'image/x-icon',
  mp3: 'audio/mpeg', wav: 'audio/wav', ogg: 'audio/ogg', oga: 'audio/ogg', opus: 'audio/ogg', m4a: 'audio/mp4', aac: 'audio/aac', flac: 'audio/flac',
  mp4: 'video/mp4', webm: 'video/webm', mov: 'video/quicktime', mkv: 'video/x-matroska', avi: 'video/x-msvideo',
  pdf: 'application/pdf',
}
const TABLES = ['csv', 'tsv', 'xlsx', 'xls', 'parquet', 'ods']
const ARCHIVES = ['zip', 'gz', 'tar', 'tgz', 'bz2', 'xz', '7z', 'rar', 'zst']
const TEXTS =
  'txt md markdown rst log json jsonl ndjson yaml yml toml ini cfg conf env xml html htm css js mjs ts tsx jsx vue py pyi rb rs go java kt c h cpp hpp cs php sh bash ' +
  'zsh fish sql diff patch tex bib srt vtt csv tsv gitignore dockerfile makefile lock ipynb r jl lua pl swift scala abc'
const TEXT_NAMES = new Set(TEXTS.split(' '))

export const KIND_ICONS: Record<Kind, IconName> = {
  image: 'image', audio: 'sound', video: 'film', pdf: 'file', table: 'table', text: 'text', archive: 'archive', other: 'file',
}

export function extensionOf(path: string): string {
  const name = nameOf(path)
  return (name.includes('.') ? name.slice(name.lastIndexOf('.') + 1) : name).toLowerCase()
}

export function kindOf(path: string): Kind {
  const extension = extensionOf(path)
  const type = TYPES[extension]
  if (type) return type === 'application/pdf' ? 'pdf' : (type.split('/')[0] as Kind)
  if (TABLES.includes(extension)) return 'table'
  if (ARCHIVES.includes(extension)) return 'archive'
  return TEXT_NAMES.has(extension) ? 'text' : 'other'
}

/** It can be read as text: also tables that are written as lines. */
export function isText(path: string): boolean {
  return TEXT_NAMES.has(extensionOf(path))
}

/** The type under which the page may show it; all else is only bytes. */
export function shownType(path: string): string {
  const kind = kindOf(path)
  return kind === 'image' || kind === 'audio' ? (TYPES[extensionOf(path)] ?? '') : 'application/octet-stream'
}

export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

export function folderOf(path: string): string {
  return path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : ''
}

export function joined(folder: string, name: string): string {
  return folder ? `${folder}/${name}` : name
}
