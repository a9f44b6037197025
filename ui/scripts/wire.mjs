// Writes src/wire.ts from serve/wire.py; with --check it only compares. The generator is Python: serve/schema.py.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
const own = `${root}.venv/bin/python`
const python = process.env.PYTHON ?? (existsSync(own) ? own : 'python3')
const { status, error } = spawnSync(python, ['-m', 'serve.schema', ...process.argv.slice(2)], { cwd: root, stdio: 'inherit' })
if (error) console.error(`${python}: ${error.message}`)
process.exit(status ?? 1)
