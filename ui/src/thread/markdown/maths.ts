/** Teaches markdown-it `$…$`, `$$…$$`, `\(…\)` and `\[…\]`: emits placeholders that KaTeX fills when it has been loaded. */
import type { MarkdownIt, StateBlock, StateInline } from 'markdown-it'

const FENCES: readonly [open: string, close: string][] = [
  ['$$', '$$'],
  ['\\[', '\\]'],
]

export function maths(md: MarkdownIt): void {
  md.inline.ruler.before('escape', 'maths', inlineMaths)
  md.block.ruler.before('fence', 'maths', blockMaths, { alt: ['paragraph', 'blockquote', 'list'] })
  md.renderer.rules.maths_inline = (tokens, index) => placeholder(md, 'span', tokens[index]?.content ?? '', false)
  md.renderer.rules.maths_display = (tokens, index) => placeholder(md, 'span', tokens[index]?.content ?? '', true)
  md.renderer.rules.maths_block = (tokens, index) => placeholder(md, 'div', tokens[index]?.content ?? '', true)
}

function placeholder(md: MarkdownIt, tag: string, tex: string, display: boolean): string {
  const kind = display ? 'display' : 'inline'
  return `<${tag} class="maths maths-${kind}" data-tex="${kind}">${md.utils.escapeHtml(tex)}</${tag}>`
}

function inlineMaths(state: StateInline, silent: boolean): boolean {
  const { src, pos } = state
  const found = src[pos] === '$' ? dollars(src, pos, state.posMax) : src[pos] === '\\' ? brackets(src, pos, state.posMax) : null
  if (!found) return false
  if (!silent) {
    const token = state.push(found.display ? 'maths_display' : 'maths_inline', '', 0)
    token.content = found.tex
  }
  state.pos = found.end
  return true
}

interface Found {
  tex: string
  end: number
  display: boolean
}

function dollars(src: string, pos: number, max: number): Found | null {
  if (src.startsWith('$$', pos)) {
    const close = src.indexOf('$$', pos + 2)
    if (close < 0 || close + 2 > max) return null
    const tex = src.slice(pos + 2, close).trim()
    return tex ? { tex, end: close + 2, display: true } : null
  }
  return singleDollar(src, pos, max)
}

/** `$5 and $10` is money: no blank inside the dollars, no digit after the closing one. */
function singleDollar(src: string, pos: number, max: number): Found | null {
  if (/[\s$]/.test(src[pos + 1] ?? ' ')) return null
  let close = src.indexOf('$', pos + 1)
  while (close > 0 && src[close - 1] === '\\') close = src.indexOf('$', close + 1)
  if (close < 0 || close >= max) return null
  if (/\s/.test(src[close - 1] ?? '') || /[0-9]/.test(src[close + 1] ?? '')) return null
  return { tex: src.slice(pos + 1, close), end: close + 1, display: false }
}

function brackets(src: string, pos: number, max: number): Found | null {
  const opener = src[pos + 1]
  if (opener !== '(' && opener !== '[') return null
  const close = src.indexOf(opener === '(' ? '\\)' : '\\]', pos + 2)
  if (close < 0 || close + 2 > max) return null
  const tex = src.slice(pos + 2, close).trim()
  return tex ? { tex, end: close + 2, display: opener === '[' } : null
}

function blockMaths(state: StateBlock, startLine: number, endLine: number, silent: boolean): boolean {
  const first = lineOf(state, startLine)
  const fence = FENCES.find(([open]) => first.startsWith(open))
  if (!fence || (state.sCount[startLine] ?? 0) - state.blkIndent >= 4) return false
  const [open, close] = fence
  const rest = first.slice(open.length)
  const lines: string[] = []
  let line = startLine
  let text = rest
  for (;;) {
    const at = text.indexOf(close)
    if (at >= 0) {
      if (text.slice(at + close.length).trim()) return false
      lines.push(text.slice(0, at))
      break
    }
    lines.push(text)
    line += 1
    if (line >= endLine || (state.isEmpty(line) && open === '\\[')) return false
    text = lineOf(state, line)
  }
  if (silent) return true
  const token = state.push('maths_block', '', 0)
  token.block = true
  token.content = lines.join('\n').trim()
  token.map = [startLine, line + 1]
  state.line = line + 1
  return true
}

function lineOf(state: StateBlock, line: number): string {
  return state.src.slice((state.bMarks[line] ?? 0) + (state.tShift[line] ?? 0), state.eMarks[line])
}
