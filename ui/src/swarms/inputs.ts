/** Inputs as a person has them (a line each, JSON lines, a CSV table) made into a list. */

export type Format = 'lines' | 'jsonl' | 'csv'

export interface Inputs {
  readonly inputs: readonly unknown[]
  /** What is wrong, with the line; the inputs are then not to be sent. */
  readonly failure: string | null
  /** The columns of a table. */
  readonly columns: readonly string[]
  readonly skipped: number
}

export const MOST = 10_000
const NONE: Inputs = { inputs: [], failure: null, columns: [], skipped: 0 }

export const FORMATS: { value: Format; text: string }[] = [
  { value: 'lines', text: 'Lines' },
  { value: 'jsonl', text: 'JSON lines' },
  { value: 'csv', text: 'CSV' },
]

/** `column`: only this one of a table; else each row is an object. */
export function readInputs(text: string, format: Format, column: string | null = null): Inputs {
  if (!text.trim()) return NONE
  const read = format === 'lines' ? readLines(text) : format === 'jsonl' ? readJson(text) : readTable(text, column)
  if (read.failure || read.inputs.length <= MOST) return read
  return { ...read, failure: `${read.inputs.length.toLocaleString('en')} inputs are too many: ${MOST.toLocaleString('en')} at most` }
}

/** What a text most likely is: by its name, else by how it begins. */
export function guessFormat(text: string, name = ''): Format {
  if (/\.(jsonl|ndjson|json)$/i.test(name)) return 'jsonl'
  if (/\.(csv|tsv)$/i.test(name)) return 'csv'
  const first = text.trimStart().split('\n', 1)[0]?.trim() ?? ''
  return /^[{[]/.test(first) && isJson(first.startsWith('[') ? text : first) ? 'jsonl' : 'lines'
}

function readLines(text: string): Inputs {
  const lines = text.split(/\r?\n/)
  const inputs = lines.map((line) => line.trim()).filter(Boolean)
  return { ...NONE, inputs, skipped: withoutLastBreak(lines) - inputs.length }
}

/** A value a line, or one array of them. */
function readJson(text: string): Inputs {
  if (text.trimStart().startsWith('[') && isJson(text)) return { ...NONE, inputs: JSON.parse(text) as unknown[] }
  const lines = text.split(/\r?\n/)
  const inputs: unknown[] = []
  for (const [at, line] of lines.entries()) {
    if (!line.trim()) continue
    try {
      inputs.push(JSON.parse(line))
    } catch {
      return { ...NONE, failure: `Line ${at + 1} is not JSON` }
    }
  }
  return { ...NONE, inputs, skipped: withoutLastBreak(lines) - inputs.length }
}

function readTable(text: string, column: string | null): Inputs {
  const rows = csvRows(text)
  if (!rows) return { ...NONE, failure: 'A quotation mark is never closed' }
  const [head = [], ...body] = rows
  const columns = head.map((name, at) => name.trim() || `column ${at + 1}`)
  const at = column === null ? -1 : columns.indexOf(column)
  const full = body.filter((row) => (at < 0 ? row.some((cell) => cell.trim()) : row[at]?.trim()))
  const inputs = full.map((row) => (at < 0 ? Object.fromEntries(columns.map((name, place) => [name, row[place] ?? ''])) : row[at]))
  return { inputs, failure: null, columns, skipped: body.length - full.length }
}

/** One cell and what ends it: quoted, with doubled quotes in it, or plain. */
const CELL = (comma: string) => new RegExp(`(?:"((?:[^"]|"")*)"|([^${comma}\\r\\n]*))(${comma}|\\r?\\n|$)`, 'gy')

/** RFC 4180, with commas, semicolons or tabs; null when a quotation is never closed. */
export function csvRows(text: string): string[][] | null {
  const cells = CELL(separatorOf(text))
  cells.lastIndex = text.startsWith('\ufeff') ? 1 : 0
  const rows: string[][] = []
  let row: string[] = []
  while (cells.lastIndex < text.length) {
    const cell = cells.exec(text)
    if (!cell || (cell[1] === undefined && cell[2]?.startsWith('"'))) return null
    const [, quoted, plain = '', end = ''] = cell
    row.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'))
    if (end.endsWith('\n') || cells.lastIndex >= text.length) {
      rows.push(row)
      row = []
    }
  }
  return rows.filter((one) => one.length > 1 || one[0] !== '')
}

function separatorOf(text: string): string {
  const head = text.split('\n', 1)[0] ?? ''
  const counts = [',', ';', '\t'].map((mark) => [mark, head.split(mark).length] as const)
  return counts.reduce((best, one) => (one[1] > best[1] ? one : best))[0]
}

/** The task that the agent of an input reads: as the server makes it. */
export function taskFor(task: string, input: unknown): string {
  const said = typeof input === 'string' ? input : JSON.stringify(input, null, 2)
  return task.includes('{input}') ? task.replaceAll('{input}', () => said) : `${task}\n\n${said}`
}

function withoutLastBreak(lines: readonly string[]): number {
  return lines.at(-1) === '' ? lines.length - 1 : lines.length
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
