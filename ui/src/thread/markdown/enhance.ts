/** Colours code and typesets maths in what is shown, when there is time: both libraries are loaded only once something needs them. */
import type { HLJSApi } from 'highlight.js'

import { typesetFrom } from './morph'

const LONGEST_LIT = 60_000
const LONGEST_LIT_OPEN = 8_000
const LIT_KEPT = 400

let highlighter: HLJSApi | null = null
let typeset: ((place: Element) => void) | null = null
const lit = new Map<string, string>()

export async function enhance(root: Element, open: boolean): Promise<void> {
  await Promise.all([highlightAll(root, open), typesetAll(root)])
}

/** Without waiting, when what was to be loaded is loaded: so that a block that comes back into view doesn't flash. */
export function enhanceKnown(root: Element): void {
  for (const code of root.querySelectorAll('code[data-language]:not([data-lit])')) {
    const known = lit.get(keyOf(code))
    if (known !== undefined) paint(code, known)
  }
  if (typeset) for (const place of root.querySelectorAll('[data-tex]')) typeset(place)
}

async function highlightAll(root: Element, open: boolean): Promise<void> {
  const found = [...root.querySelectorAll('code[data-language]:not([data-lit])')].filter((code) => {
    const { length } = code.textContent ?? ''
    return code.getAttribute('data-language') && length < (open ? LONGEST_LIT_OPEN : LONGEST_LIT)
  })
  if (!found.length) return
  highlighter ??= (await import('highlight.js/lib/common')).default
  for (const code of found) highlight(highlighter, code, open)
}

function highlight(hljs: HLJSApi, code: Element, open: boolean): void {
  const language = code.getAttribute('data-language') ?? ''
  if (!hljs.getLanguage(language)) return
  const key = keyOf(code)
  const html = lit.get(key) ?? hljs.highlight(code.textContent ?? '', { language, ignoreIllegals: true }).value
  if (!open) remember(key, html)
  paint(code, html)
}

/** The highlighter escapes what it was given and adds nothing but spans with classes. */
function paint(code: Element, html: string): void {
  code.innerHTML = html
  code.setAttribute('data-lit', '')
}

function keyOf(code: Element): string {
  return `${code.getAttribute('data-language') ?? ''}\n${code.textContent ?? ''}`
}

function remember(key: string, html: string): void {
  lit.set(key, html)
  if (lit.size > LIT_KEPT) lit.delete(lit.keys().next().value ?? '')
}

async function typesetAll(root: Element): Promise<void> {
  const places = [...root.querySelectorAll('[data-tex]')].filter((place) => !typesetFrom.has(place))
  if (!places.length) return
  typeset ??= await loadTypesetter()
  for (const place of places) typeset(place)
}

async function loadTypesetter(): Promise<(place: Element) => void> {
  const [{ default: katex }] = await Promise.all([import('katex'), import('katex/dist/katex.min.css')])
  return (place) => {
    if (typesetFrom.has(place) || !(place instanceof HTMLElement)) return
    const tex = place.textContent ?? ''
    typesetFrom.set(place, tex)
    const displayMode = place.dataset.tex === 'display'
    // Not trusted: no links, no images, no endless macros, no giant letters.
    katex.render(tex, place, { displayMode, throwOnError: false, strict: 'ignore', trust: false, maxExpand: 300, maxSize: 30 })
  }
}
