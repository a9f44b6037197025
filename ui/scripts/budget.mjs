// Fails the build when what a browser must load before the first screen outgrows its budget (gzipped bytes).
import { readFileSync, readdirSync } from 'node:fs'
import { gzipSync } from 'node:zlib'

const BUDGET = { 'first screen': 190_000, 'largest file': 330_000 }
const dist = new URL('../dist/', import.meta.url)
const weight = (path) => gzipSync(readFileSync(new URL(path, dist))).length

const html = readFileSync(new URL('index.html', dist), 'utf8')
const first = [...html.matchAll(/(?:src|href)="\/(assets\/[^"]+\.(?:js|css))"/g)].map((match) => match[1])
const scripts = readdirSync(new URL('assets/', dist)).filter((name) => /\.(js|css)$/.test(name))
const measured = {
  'first screen': first.reduce((sum, path) => sum + weight(path), 0),
  'largest file': Math.max(...scripts.map((name) => weight(`assets/${name}`))),
}

let failed = false
for (const [what, limit] of Object.entries(BUDGET)) {
  const over = measured[what] > limit
  failed ||= over
  console.log(`${what}: ${(measured[what] / 1000).toFixed(1)} kB gzipped of ${limit / 1000} kB${over ? ': TOO MUCH' : ''}`)
}
process.exit(failed ? 1 : 0)
