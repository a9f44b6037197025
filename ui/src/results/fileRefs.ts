/** What in an answer is a file of the workspace. */

export interface FileRef {
  readonly path: string
  /** In bytes, if it was told. */
  readonly size: number | null
}

const LISTS = ['files', 'files_created', 'created', 'images', 'plots', 'artifacts']

/** A file, or a list of nothing else; plain paths count only under a name that says that they are files. */
export function filesIn(value: unknown, name = ''): FileRef[] | null {
  if (!Array.isArray(value)) {
    const one = fileOf(value)
    return one ? [one] : null
  }
  const files = value.map((one) => fileOf(one) ?? (LISTS.includes(name) ? pathOf(one) : null))
  return files.length && files.every((one) => one !== null) ? files : null
}

function fileOf(value: unknown): FileRef | null {
  if (typeof value !== 'object' || value === null) return null
  const { path, size, is_folder: folder, type } = value as Record<string, unknown>
  if (typeof path !== 'string' || typeof size !== 'number' || folder === true || type === 'directory' || type === 'folder') return null
  return { path, size }
}

function pathOf(value: unknown): FileRef | null {
  return typeof value === 'string' && value ? { path: value, size: null } : null
}
