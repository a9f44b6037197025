/** What a tool run is called in the page, and the one line that says what it did. */
import type { IconName } from '@/parts/icons'
import type { ToolCall, ToolResult } from '@/wire'

interface Title {
  readonly running: string
  readonly done: string
  readonly icon: IconName
  /** The argument that says most. */
  readonly gist: string
}

const TITLES: Partial<Record<string, Title>> = {
  get_current_time: { running: 'Looking at the clock', done: 'Looked at the clock', icon: 'clock', gist: 'timezone' },
  calculator: { running: 'Calculating', done: 'Calculated', icon: 'calculator', gist: 'expression' },
  tool_search: { running: 'Looking for a tool', done: 'Looked for a tool', icon: 'search', gist: 'query' },
  memory_store: { running: 'Remembering', done: 'Remembered', icon: 'memory', gist: 'key' },
  memory_retrieve: { running: 'Recalling', done: 'Recalled', icon: 'memory', gist: 'key' },
  memory_list: { running: 'Looking through memory', done: 'Looked through memory', icon: 'memory', gist: 'prefix' },
  memory_delete: { running: 'Forgetting', done: 'Forgot', icon: 'memory', gist: 'key' },
  memory_search: { running: 'Searching memory', done: 'Searched memory', icon: 'memory', gist: 'query' },
  scratch_store: { running: 'Taking a note', done: 'Took a note', icon: 'memory', gist: 'key' },
  scratch_get: { running: 'Looking at a note', done: 'Looked at a note', icon: 'memory', gist: 'key' },
  execute_python: { running: 'Running Python', done: 'Ran Python', icon: 'terminal', gist: '' },
  execute_python_safe: { running: 'Running Python', done: 'Ran Python', icon: 'terminal', gist: '' },
  execute_python_sandbox: { running: 'Running Python', done: 'Ran Python', icon: 'terminal', gist: '' },
  code_run: { running: 'Running code', done: 'Ran code', icon: 'terminal', gist: '' },
  code_eval: { running: 'Evaluating', done: 'Evaluated', icon: 'terminal', gist: 'expression' },
  fs_read_file: { running: 'Reading a file', done: 'Read a file', icon: 'text', gist: 'path' },
  fs_read_lines: { running: 'Reading a file', done: 'Read a file', icon: 'text', gist: 'path' },
  fs_write_file: { running: 'Writing a file', done: 'Wrote a file', icon: 'text', gist: 'path' },
  fs_edit: { running: 'Editing a file', done: 'Edited a file', icon: 'pencil', gist: 'path' },
  fs_list_files: { running: 'Looking through files', done: 'Looked through files', icon: 'folder', gist: 'path' },
  fs_mkdir: { running: 'Making a folder', done: 'Made a folder', icon: 'folderPlus', gist: 'path' },
  fs_delete: { running: 'Deleting', done: 'Deleted', icon: 'trash', gist: 'path' },
  web_fetch: { running: 'Reading a page', done: 'Read a page', icon: 'globe', gist: 'url' },
  web_search: { running: 'Searching the web', done: 'Searched the web', icon: 'globe', gist: 'query' },
}
/** The sign of a family, by how its tools' names begin. */
const SIGNS: readonly [RegExp, IconName][] = [
  [/^(execute|code|shell|notebook|run)_/, 'terminal'],
  [/^(fs|vault|sandbox_workspace)_/, 'folder'],
  [/^(web|browser)_/, 'globe'],
  [/^(audio|music|midi|suno)_/, 'sound'],
  [/^image_/, 'image'],
  [/^(data|csv|excel|sql|duckdb|stats)_/, 'table'],
  [/^(plot|chart)/, 'chart'],
  [/^(pdf|docx|document|html)_/, 'text'],
  [/^(memory|scratch|vector|kb|cortex|knowledge)_/, 'memory'],
]
const GIST_LENGTH = 90

export function toolTitle(call: ToolCall, result: ToolResult | undefined): { text: string; icon: IconName } {
  const known = TITLES[call.name]
  const plain = call.name.replace(/_/g, ' ').replace(/^./, (letter) => letter.toUpperCase())
  return { text: known ? (result ? known.done : known.running) : plain, icon: known?.icon ?? SIGNS.find(([begin]) => begin.test(call.name))?.[1] ?? 'wrench' }
}

export function toolGist(call: ToolCall, result: ToolResult | undefined): string {
  const name = TITLES[call.name]?.gist
  const said = name === undefined ? undefined : call.arguments[name]
  const asked = said ?? (name === '' ? undefined : Object.values(call.arguments).find(isLine))
  const short = result && !result.is_error ? shortResult(result.content) : ''
  return cut([asked === undefined ? '' : plainText(asked), short].filter(Boolean).join(call.name === 'calculator' ? ' = ' : ' · '))
}

/** Not code or a whole text: what begins a line says little of it. */
function isLine(value: unknown): boolean {
  return typeof value === 'number' || (typeof value === 'string' && !value.includes('\n'))
}

const TELLING = ['result', 'formatted', 'value', 'count', 'message']
const SHORT = 60

/** A result that fits on the line: itself, or the part of it that says most. */
function shortResult(content: string): string {
  const parsed = parsedObject(content)
  const said = parsed ? TELLING.map((key) => parsed[key]).find((value) => typeof value === 'string' || typeof value === 'number') : content
  const text = said === undefined ? '' : String(said)
  return text.length <= SHORT && !text.includes('\n') ? text : ''
}

function parsedObject(content: string): Record<string, unknown> | null {
  try {
    const parsed: unknown = JSON.parse(content)
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : null
  } catch {
    return null
  }
}

function plainText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function cut(text: string): string {
  const line = text.replace(/\s+/g, ' ')
  return line.length > GIST_LENGTH ? `${line.slice(0, GIST_LENGTH)}…` : line
}

/** JSON laid out, anything else as it is. */
export function laidOut(content: string): string {
  try {
    return JSON.stringify(JSON.parse(content), null, 2)
  } catch {
    return content
  }
}
