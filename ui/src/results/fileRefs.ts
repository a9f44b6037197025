/** What in an answer is a file of the workspace. */
import { kindOf } from '@/files/kinds'

export interface FileRef {
  readonly path: string
  /** In bytes, if it was told. */
  readonly size: number | null
}

const LISTS = ['files', 'files_created', 'created', 'images', 'plots', 'artifacts', 'output_files']
const SIZES: readonly [name: string, bytes: number][] = [['size', 1], ['bytes', 1], ['size_bytes', 1], ['bytes_written', 1], ['size_mb', 1024 * 1024]]
const WRITTEN = ['output_file', 'output_path', 'saved_to', 'save_to', 'audio_file', 'image_file', 'midi_file']
const NAMED = ['path', 'file_path', 'image_path', 'file']

/** A file, or a list of nothing else; plain paths count only under a name that says that they are files. */
export function filesIn(value: unknown, name = ''): FileRef[] | null {
  if (!Array.isArray(value)) {
    const one = fileOf(value)
    return one ? [one] : null
  }
  const files = value.map((one) => fileOf(one) ?? (LISTS.includes(name) ? pathOf(one) : null))
  return files.length && files.every((one) => one !== null) ? files : null
}

/** The files that an answer names as what was written; and pictures and sounds that it is about. */
export function filesNamedIn(answer: Record<string, unknown>): { names: string[]; files: FileRef[] } {
  const names = Object.keys(answer).filter((name) => {
    const path = answer[name]
    if (typeof path !== 'string' || !hasEnding(path)) return false
    return WRITTEN.includes(name) || (NAMED.includes(name) && ['image', 'audio', 'pdf'].includes(kindOf(path)))
  })
  const paths = [...new Set(names.map((name) => String(answer[name])))]
  return { names, files: paths.map((path) => ({ path, size: null })) }
}

function fileOf(value: unknown): FileRef | null {
  if (typeof value !== 'object' || value === null) return null
  const told = value as Record<string, unknown>
  const size = SIZES.find(([name]) => typeof told[name] === 'number')
  const isFolder = told.is_folder === true || told.type === 'directory' || told.type === 'folder'
  if (typeof told.path !== 'string' || !told.path || !size || isFolder) return null
  return { path: told.path, size: Math.round(Number(told[size[0]]) * size[1]) }
}

function pathOf(value: unknown): FileRef | null {
  return typeof value === 'string' && value ? { path: value, size: null } : null
}

function hasEnding(path: string): boolean {
  return /^[^\n:?#]*\.\w{1,8}$/.test(path)
}
