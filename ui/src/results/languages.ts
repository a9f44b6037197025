/** In which language an argument of a tool is written, if it is code. */

const CODE = ['code', 'script', 'sql', 'command', 'expression', 'html', 'css', 'patch', 'source', 'cell', 'javascript']
const BY_NAME: Partial<Record<string, string>> = {
  script: 'javascript', javascript: 'javascript', sql: 'sql', command: 'bash', html: 'xml', css: 'css', patch: 'diff',
}
const BY_EXTENSION: Partial<Record<string, string>> = {
  bash: 'bash', c: 'c', cpp: 'cpp', css: 'css', diff: 'diff', go: 'go', h: 'c', html: 'xml', java: 'java', js: 'javascript', json: 'json',
  jsx: 'javascript', kt: 'kotlin', md: 'markdown', php: 'php', py: 'python', rb: 'ruby', rs: 'rust', sh: 'bash', sql: 'sql', svg: 'xml',
  toml: 'ini', ts: 'typescript', tsx: 'typescript', vue: 'xml', xml: 'xml', yaml: 'yaml', yml: 'yaml',
}
/** A short expression is as well read among the other arguments. */
const LONG = 60

/** Null: it is no code. */
export function languageOf(tool: string, name: string, asked: Record<string, unknown>): string | null {
  if (name === 'content') return languageOfPath(asked.path ?? asked.filename ?? asked.file_path)
  if (name === 'query') return /sql|duckdb/.test(tool) ? 'sql' : null
  const short = name === 'expression' && String(asked.expression).length < LONG
  return CODE.includes(name) && !short ? spoken(tool, name, asked.language) : null
}

function spoken(tool: string, name: string, language: unknown): string {
  if (typeof language === 'string' && language) return language.toLowerCase()
  if (/shell|bash/.test(tool)) return 'bash'
  return BY_NAME[name] ?? (/sql/.test(tool) ? 'sql' : 'python')
}

export function languageOfPath(path: unknown): string | null {
  const extension = typeof path === 'string' ? /\.(\w+)$/.exec(path)?.[1] : undefined
  return extension ? (BY_EXTENSION[extension.toLowerCase()] ?? null) : null
}
