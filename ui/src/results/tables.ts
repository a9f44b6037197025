/** What is a table: columns with rows, or a list of things that have the same few properties. */

export type Cell = string | number | boolean | null

export interface Table {
  readonly columns: readonly string[]
  readonly rows: readonly (readonly Cell[])[]
  /** Of each column: it holds numbers alone. */
  readonly numeric: readonly boolean[]
}

const MOST_COLUMNS = 60
const MOST_THINGS_COLUMNS = 8
const LONGEST_THING = 200

export function tableIn(value: unknown): Table | null {
  if (Array.isArray(value)) return tableOfThings(value)
  if (typeof value !== 'object' || value === null) return null
  const { columns, rows, data } = value as Record<string, unknown>
  const lines = Array.isArray(rows) ? rows : data
  if (!Array.isArray(columns) || !Array.isArray(lines) || !columns.length || columns.length > MOST_COLUMNS) return null
  const names = columns.map(nameOf)
  return made(names, lines.map((line) => lineOf(line, names)))
}

/** Two or more objects with the same keys and nothing nested or long in them. */
function tableOfThings(list: readonly unknown[]): Table | null {
  const [first] = list
  if (list.length < 2 || typeof first !== 'object' || first === null || Array.isArray(first)) return null
  const names = [...new Set(list.flatMap((one) => (typeof one === 'object' && one !== null ? Object.keys(one) : [])))]
  if (names.length > MOST_THINGS_COLUMNS || !list.every((one) => isFlat(one, names.length))) return null
  return made(names, list.map((one) => lineOf(one, names)))
}

function isFlat(one: unknown, most: number): boolean {
  if (typeof one !== 'object' || one === null || Array.isArray(one) || Object.keys(one).length * 2 < most) return false
  return Object.values(one).every((value) => (typeof value === 'string' ? value.length <= LONGEST_THING : typeof value !== 'object' || value === null))
}

function made(columns: readonly string[], rows: readonly (readonly Cell[])[]): Table {
  const numeric = columns.map((_, at) => {
    const cells = rows.map((row) => row[at] ?? null).filter((cell) => cell !== null)
    return cells.length > 0 && cells.every((cell) => typeof cell === 'number')
  })
  return { columns, rows, numeric }
}

function nameOf(column: unknown): string {
  const named = typeof column === 'object' && column !== null && 'name' in column ? column.name : column
  return String(named)
}

function lineOf(line: unknown, names: readonly string[]): Cell[] {
  if (Array.isArray(line)) return names.map((_, at) => cellOf(line[at]))
  const values = typeof line === 'object' && line !== null ? (line as Record<string, unknown>) : {}
  return names.map((name) => cellOf(values[name]))
}

function cellOf(value: unknown): Cell {
  if (value === undefined || value === null) return null
  if (typeof value === 'object') return JSON.stringify(value)
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null
}
