import { expect, it } from 'vitest'
import { filesIn } from './fileRefs'
import { answerParts, askedParts, showsByItself, type Part } from './parts'
import { tableIn } from './tables'

const answer = (value: unknown): Part[] => answerParts(JSON.stringify(value))
const kinds = (parts: Part[]) => parts.map(({ kind, label }) => `${kind}: ${label}`)

it('code comes first and in its language, the rest as it was asked', () => {
  expect(askedParts('execute_python', { timeout: 5, code: 'print(1)\n', context: {} })).toEqual([
    { kind: 'code', label: 'Code', text: 'print(1)', language: 'python' },
    { kind: 'facts', label: 'Asked', facts: [['timeout', '5']] },
  ])
})

it.each([
  ['browser_evaluate', { script: 'document.title' }, 'javascript'],
  ['data_query_sql', { query: 'select 1' }, 'sql'],
  ['code_shell', { code: 'ls' }, 'bash'],
  ['code_run', { code: 'x', language: 'Ruby' }, 'ruby'],
  ['fs_write_file', { content: 'fn main() {}', path: 'src/main.rs' }, 'rust'],
])('%s speaks %j', (tool, asked, language) => {
  expect(askedParts(tool, asked)[0]).toMatchObject({ kind: 'code', language })
})

it('a search is no code, nor is a short sum, nor a file of plain words', () => {
  expect(kinds(askedParts('web_search', { query: 'gold' }))).toEqual(['facts: Asked'])
  expect(kinds(askedParts('calculator', { expression: '6*7' }))).toEqual(['facts: Asked'])
  expect(kinds(askedParts('fs_write_file', { content: 'a\nb', path: 'notes.txt' }))).toEqual(['facts: Asked', 'text: Content'])
})

it('a run: what was printed, its value, its files, and the figures', () => {
  const parts = answer({ stdout: 'a\n', stderr: '', value: 42, files: [{ path: 'plot.png', size: 9 }], exit: 0 })

  expect(parts).toEqual([
    { kind: 'terminal', label: 'Output', text: 'a', danger: false },
    { kind: 'text', label: 'Value', text: '42' },
    { kind: 'files', label: 'Files', files: [{ path: 'plot.png', size: 9 }] },
    { kind: 'facts', label: 'Details', facts: [['exit', '0']] },
  ])
})

it('errors are told first and as such, without the colours of terminals', () => {
  expect(answer({ stdout: 'x', stderr: '\u001b[31mred\u001b[0m', error: 'no' })).toMatchObject([
    { kind: 'terminal', label: 'Error', danger: true },
    { kind: 'terminal', label: 'Output', danger: false },
    { kind: 'terminal', text: 'red', danger: true },
  ])
})

it('a table by columns and rows, by records, and as a list of like things', () => {
  expect(answer({ columns: ['n', 's'], rows: [[1, 'a'], [2, null]], total: 2 })).toEqual([
    { kind: 'table', label: 'Table', table: { columns: ['n', 's'], rows: [[1, 'a'], [2, null]], numeric: [true, false] } },
    { kind: 'facts', label: 'Details', facts: [['total', '2']] },
  ])
  expect(tableIn({ columns: [{ name: 'n' }], rows: [{ n: { x: 1 } }] })?.rows).toEqual([['{"x":1}']])
  expect(kinds(answer({ results: [{ title: 'a', url: 'b' }, { title: 'c', url: 'd' }] }))).toEqual(['table: Results'])
  expect(kinds(answer({ value: { columns: ['n'], rows: [[1]] } }))).toEqual(['table: Value'])
})

it('what is nested, long or unlike is no table', () => {
  expect(tableIn([{ a: 1 }])).toBeNull()
  expect(tableIn([{ a: 1 }, { a: { b: 1 } }])).toBeNull()
  expect(tableIn([{ a: 'x'.repeat(500) }, { a: 'y' }])).toBeNull()
  expect(tableIn({ columns: [], rows: [] })).toBeNull()
})

it('files by path and size; plain paths only where the name says so; folders never', () => {
  expect(filesIn({ path: 'a.png', size: 1 })).toEqual([{ path: 'a.png', size: 1 }])
  expect(filesIn(['a.png'], 'files_created')).toEqual([{ path: 'a.png', size: null }])
  expect(filesIn(['a.png'], 'names')).toBeNull()
  expect(filesIn([{ path: 'a', size: 0, is_folder: true }])).toBeNull()
  expect(filesIn([{ path: 'a', size: 0 }, 7])).toBeNull()
  expect(filesIn([], 'files')).toBeNull()
})

it('an answer that is itself a file keeps what else is said of it', () => {
  expect(kinds(answer({ path: 'a.png', size: 10, width: 5 }))).toEqual(['files: File', 'facts: Details'])
})

it('other values: a line, a list of facts, a tree, a long text', () => {
  expect(kinds(answerParts('plain words'))).toEqual(['text: Result'])
  expect(kinds(answerParts('{"cut": "off…'))).toEqual(['text: Result'])
  expect(kinds(answerParts('42'))).toEqual(['text: Result'])
  expect(answerParts('""')).toEqual([])
  expect(kinds(answer({ ok: true, deep: { er: [{ a: 1 }] }, text: 'a\nb' }))).toEqual(['facts: Details', 'tree: Deep', 'text: Text'])
  expect(answer({ ok: true, none: null, tags: ['a', 'b'] })[0]).toMatchObject({ facts: [['ok', 'yes'], ['none', '–'], ['tags', 'a, b']] })
  expect(kinds(answer([1, [2]]))).toEqual(['tree: Result'])
})

it('what is worth being seen unfolds by itself', () => {
  expect(showsByItself(answer({ stdout: 'x' }))).toBe(true)
  expect(showsByItself(answer({ files: [{ path: 'a', size: 1 }] }))).toBe(true)
  expect(showsByItself(answer({ result: 42 }))).toBe(false)
  expect(showsByItself(askedParts('calculator', { expression: '1' }))).toBe(false)
})
