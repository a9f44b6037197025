/** What a tool was asked and what it answered, as parts: each has a form of its own on the screen. */
import { filesIn, type FileRef } from './fileRefs'
import { languageOf } from './languages'
import { tableIn, type Table } from './tables'

export type Part =
  | { readonly kind: 'code'; readonly label: string; readonly text: string; readonly language: string }
  | { readonly kind: 'terminal'; readonly label: string; readonly text: string; readonly danger: boolean }
  | { readonly kind: 'table'; readonly label: string; readonly table: Table }
  | { readonly kind: 'files'; readonly label: string; readonly files: readonly FileRef[] }
  | { readonly kind: 'text'; readonly label: string; readonly text: string }
  | { readonly kind: 'facts'; readonly label: string; readonly facts: readonly Fact[] }
  | { readonly kind: 'tree'; readonly label: string; readonly value: unknown }

export type Fact = readonly [name: string, value: string]
type Values = Record<string, unknown>

/** A value that reads well on a line of its own. */
const SHORT = 160
const ERRORS = ['error', 'error_message', 'traceback']
const PRINTED = ['stdout', 'output', 'stderr']
const LABELS: Partial<Record<string, string>> = { stdout: 'Output', stderr: 'Errors printed' }
const VALUES = ['value', 'return_value', 'result']

/** Code first, for that is what runs; then the rest as it was asked. */
export function askedParts(tool: string, asked: Values): Part[] {
  const code: Part[] = []
  const rest: Values = {}
  for (const [name, value] of Object.entries(asked)) {
    const language = typeof value === 'string' && value.trim() ? languageOf(tool, name, asked) : null
    if (language !== null) code.push({ kind: 'code', label: title(name), text: String(value).replace(/\n+$/, ''), language })
    else if (value !== null && value !== '') rest[name] = value
  }
  return [...code, ...restParts(rest, 'Asked')]
}

/** Errors, what was printed, the value, tables, files, and then what else was answered. */
export function answerParts(content: string): Part[] {
  const value = parsed(content)
  if (typeof value === 'string') return value.trim() ? [{ kind: 'text', label: 'Result', text: value }] : []
  if (!isValues(value)) return valueParts('Result', value)
  const left = { ...value }
  if (left.success === true) Reflect.deleteProperty(left, 'success')
  const first = [...takePrinted(left), ...takeValue(left), ...takeWhole(left)]
  return [...first, ...Object.keys(left).flatMap((name) => takeShaped(left, name)), ...restParts(left, 'Details')]
}

/** Something in it is worth being seen without a press. */
export function showsByItself(parts: readonly Part[]): boolean {
  return parts.some(({ kind }) => kind === 'code' || kind === 'terminal' || kind === 'table' || kind === 'files')
}

function takePrinted(left: Values): Part[] {
  return [...ERRORS, ...PRINTED].flatMap((name): Part[] => {
    const text = taken(left, name, (value) => typeof value === 'string')
    if (typeof text !== 'string' || !text.trim()) return []
    const danger = ERRORS.includes(name) || name === 'stderr'
    return [{ kind: 'terminal', label: LABELS[name] ?? title(name), text: plainLines(text), danger }]
  })
}

function takeValue(left: Values): Part[] {
  return VALUES.flatMap((name) => {
    const value = taken(left, name, (one) => one !== null && one !== '')
    return value === undefined ? [] : valueParts(title(name), value)
  })
}

/** The answer itself is a table, or a file. */
function takeWhole(left: Values): Part[] {
  const table = tableIn(left)
  if (table) {
    for (const name of ['columns', 'rows', 'data']) Reflect.deleteProperty(left, name)
    return [{ kind: 'table', label: 'Table', table }]
  }
  const files = filesIn(left)
  if (files) for (const name of ['path', 'size']) Reflect.deleteProperty(left, name)
  return files ? [{ kind: 'files', label: 'File', files }] : []
}

function takeShaped(left: Values, name: string): Part[] {
  const part = shaped(title(name), left[name], name)
  if (part) Reflect.deleteProperty(left, name)
  return part ? [part] : []
}

function shaped(label: string, value: unknown, name = ''): Part | null {
  const files = filesIn(value, name)
  if (files) return { kind: 'files', label, files }
  const table = tableIn(value)
  return table ? { kind: 'table', label, table } : null
}

function valueParts(label: string, value: unknown): Part[] {
  const part = shaped(label, value)
  if (part) return [part]
  if (isValues(value) && Object.values(value).some((one) => shaped('', one))) {
    return Object.entries(value).flatMap(([name, one]) => valueParts(title(name), one))
  }
  if (typeof value === 'object' && value !== null) return isEmpty(value) ? [] : [flat(label, value) ?? { kind: 'tree', label, value }]
  return [{ kind: 'text', label, text: String(value) }]
}

/** Short values in one list; long texts and nested values each by itself. */
function restParts(rest: Values, label: string): Part[] {
  const entries = Object.entries(rest)
  const short = entries.filter(([, value]) => isShort(value))
  const facts: Part[] = short.length ? [{ kind: 'facts', label, facts: short.map(([name, value]) => [name, scalarText(value)]) }] : []
  const long = entries.filter(([, value]) => !isShort(value) && !isEmpty(value))
  return [
    ...facts,
    ...long.map(([name, value]): Part => {
      if (typeof value === 'string') return { kind: 'text', label: title(name), text: value }
      return shaped(title(name), value, name) ?? { kind: 'tree', label: title(name), value }
    }),
  ]
}

function flat(label: string, value: object): Part | null {
  if (Array.isArray(value) || !Object.values(value).every(isShort)) return null
  return { kind: 'facts', label, facts: Object.entries(value).map(([name, one]): Fact => [name, scalarText(one)]) }
}

/** Takes a value out of what is left, if it is there and is what is looked for. */
function taken(left: Values, name: string, wanted: (value: unknown) => boolean): unknown {
  if (!(name in left)) return undefined
  const value = left[name]
  if (typeof value === 'object' && value !== null && PRINTED.includes(name)) return undefined
  const wants = wanted(value)
  if (wants || value === null || value === '') Reflect.deleteProperty(left, name)
  return wants ? value : undefined
}

function parsed(content: string): unknown {
  try {
    return JSON.parse(content) as unknown
  } catch {
    return content
  }
}

export function title(name: string): string {
  return name.replace(/_/g, ' ').replace(/^./, (letter) => letter.toUpperCase())
}

/** Without the colours of terminals. */
function plainLines(text: string): string {
  return text.replace(/\u001b\[[0-9;?]*[A-Za-z]/g, '').replace(/\n+$/, '')
}

function isValues(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0
}

function isShort(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0 && value.every((one) => typeof one !== 'object') && scalarText(value).length <= SHORT
  if (typeof value === 'string') return value.length <= SHORT && !value.includes('\n')
  return typeof value !== 'object' || value === null
}

export function scalarText(value: unknown): string {
  if (Array.isArray(value)) return value.map(String).join(', ')
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  return value === null || value === undefined ? '–' : String(value)
}
