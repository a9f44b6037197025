/** A form of a tool's JSON Schema: what each field is, and the arguments that its texts stand for. */

export type Kind = 'text' | 'number' | 'choice' | 'lines' | 'json' | 'any'

export interface FormField {
  readonly name: string
  readonly hint: string
  readonly kind: Kind
  readonly required: boolean
  readonly choices: readonly string[]
  /** A text of this field may be empty, and means just that. */
  readonly emptyCounts: boolean
}

export type Texts = Record<string, string>
type Schema = Record<string, unknown>

const HINTS: Partial<Record<Kind, string>> = { lines: 'One on each line', json: 'As JSON', any: 'JSON, or plain text' }

export function fieldsOf(parameters: Schema): FormField[] {
  const required = new Set(list(parameters.required))
  return Object.entries((parameters.properties ?? {}) as Record<string, Schema>).map(([name, property]) => {
    const shape = { ...property, ...shapeOf(property) }
    const kind = kindOf(shape)
    const text = [sentence(property.description), HINTS[kind], usual(property.default)].filter(Boolean).join('. ')
    const needed = required.has(name)
    const emptyCounts = needed && kind === 'text' && !shape.minLength
    return { name, hint: text, kind, required: needed, choices: choicesOf(shape), emptyCounts }
  })
}

/** Fields as they are when nothing is written; or as the arguments of an example have them. */
export function textsOf(fields: readonly FormField[], values: Record<string, unknown> = {}): Texts {
  return Object.fromEntries(fields.map((field) => [field.name, textOf(field, values[field.name])]))
}

/** What the texts stand for; a fault for each that stands for nothing. Empty fields are left out. */
export function argumentsOf(fields: readonly FormField[], texts: Texts): { values: Record<string, unknown>; faults: Texts } {
  const values: Record<string, unknown> = {}
  const faults: Texts = {}
  for (const field of fields) {
    const text = texts[field.name] ?? ''
    if (text === '' && !field.emptyCounts) {
      if (field.required) faults[field.name] = 'This is needed.'
      continue
    }
    try {
      values[field.name] = valueOf(field, text)
    } catch (error) {
      faults[field.name] = error instanceof Fault ? error.message : 'This is not JSON.'
    }
  }
  return { values, faults }
}

class Fault extends Error {}

function valueOf(field: FormField, text: string): unknown {
  switch (field.kind) {
    case 'number':
      if (text.trim() === '' || !Number.isFinite(Number(text))) throw new Fault('This is not a number.')
      return Number(text)
    case 'lines':
      return text.replace(/\n$/, '').split('\n')
    case 'json':
      return JSON.parse(text)
    case 'choice':
    case 'any':
      return field.kind === 'choice' && !/^(true|false|-?\d+)$/.test(text) ? text : parsedOr(text)
    default:
      return text
  }
}

function textOf(field: FormField, value: unknown): string {
  if (value === undefined) return ''
  if (field.kind === 'lines') return list(value).join('\n')
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function parsedOr(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** Of several shapes the first that is not null. */
function shapeOf(property: Schema): Schema {
  const shapes = (property.anyOf as Schema[] | undefined) ?? [property]
  return shapes.find((shape) => shape.type !== 'null') ?? property
}

function kindOf(shape: Schema): Kind {
  if (Array.isArray(shape.enum) || shape.type === 'boolean') return 'choice'
  if (shape.type === 'integer' || shape.type === 'number') return 'number'
  if (shape.type === 'string') return 'text'
  if (shape.type === 'array' && (shape.items as Schema | undefined)?.type === 'string') return 'lines'
  return shape.type === undefined ? 'any' : 'json'
}

function choicesOf(shape: Schema): string[] {
  return shape.type === 'boolean' ? ['true', 'false'] : list(shape.enum).map(String)
}

function usual(value: unknown): string {
  return value === undefined || value === null || value === '' ? '' : `Usually ${JSON.stringify(value).replace(/^"|"$/g, '')}`
}

function sentence(text: unknown): string {
  return typeof text === 'string' ? text.replace(/\.$/, '').replaceAll('`', '') : ''
}

function list(value: unknown): string[] {
  return Array.isArray(value) ? (value as string[]) : []
}
