/** Our Markdown: CommonMark with tables, strikethrough, bare links, tasks and maths; never raw HTML, never foreign images. */
import MarkdownIt, { type MarkdownIt as Parser, type RendererRule, type StateCore, type StateInline, type Token } from 'markdown-it'

import { maths } from './maths'

const INLINE_TAGS = /^<(?:br\s*\/?|\/?(?:sub|sup|kbd|mark))>/i

export function createParser(): Parser {
  const md = new MarkdownIt({ html: false, linkify: true, breaks: false, typographer: false })
  md.linkify.set({ fuzzyLink: false, fuzzyEmail: false })
  md.validateLink = isSafeLink
  md.use(maths)
  md.inline.ruler.before('html_inline', 'safe_tags', safeTags)
  md.core.ruler.after('inline', 'tasks', tasks)
  md.renderer.rules.fence = fence
  md.renderer.rules.code_block = fence
  md.renderer.rules.image = imageLink
  md.renderer.rules.link_open = linkOpen
  md.renderer.rules.th_open = md.renderer.rules.td_open = cellOpen
  md.renderer.rules.table_open = () => '<div class="table-box" tabindex="0" role="group" aria-label="Table"><table>\n'
  md.renderer.rules.table_close = () => '</table></div>\n'
  return md
}

export function isSafeLink(url: string): boolean {
  // Browsers drop control characters and blanks before they read the scheme.
  const bare = Array.from(url).filter((char) => char > ' ' && char !== '\u007f').join('')
  const scheme = /^([^/?#:]*):/.exec(bare)?.[1]
  return scheme === undefined || /^(https?|mailto|tel)$/i.test(scheme)
}

/** Models write these few tags inside text and table cells; all others stay as they were typed. */
function safeTags(state: StateInline, silent: boolean): boolean {
  if (state.src[state.pos] !== '<') return false
  const tag = INLINE_TAGS.exec(state.src.slice(state.pos, state.pos + 12))?.[0]
  if (!tag) return false
  if (!silent) state.push('html_inline', '', 0).content = tag
  state.pos += tag.length
  return true
}

const fence: RendererRule = (tokens, index, _options, _env, _renderer) => {
  const token = tokens[index]
  const language = /^[\w+#.-]{1,30}/.exec(token?.info.trim() ?? '')?.[0] ?? ''
  const code = escapeHtml(token?.content.replace(/\n$/, '') ?? '')
  return (
    `<figure class="code-box"><figcaption><span class="code-language">${escapeHtml(language || 'text')}</span>` +
    `<button type="button" class="code-copy" data-copy="code">Copy</button></figcaption>` +
    `<pre tabindex="0"><code data-language="${escapeHtml(language.toLowerCase())}">${code}</code></pre></figure>\n`
  )
}

/** An image's address can carry what was said here to a stranger, so it is offered as a link and never fetched by itself. */
const imageLink: RendererRule = (tokens, index) => {
  const token = tokens[index]
  const address = String(token?.attrGet('src') ?? '')
  const label = token?.content || address
  return `<a class="image-link" href="${escapeHtml(address)}" target="_blank" rel="noopener noreferrer nofollow">Image: ${escapeHtml(label)}</a>`
}

const linkOpen: RendererRule = (tokens, index, options, _env, renderer) => {
  tokens[index]?.attrSet('target', '_blank')
  tokens[index]?.attrSet('rel', 'noopener noreferrer nofollow')
  return renderer.renderToken(tokens, index, options)
}

/** Inline styles are not let through, so a column's alignment becomes a class. */
const cellOpen: RendererRule = (tokens, index, options, _env, renderer) => {
  const token = tokens[index]
  const align = /text-align:(\w+)/.exec(String(token?.attrGet('style') ?? ''))?.[1]
  if (token && align) token.attrs = [['class', `align-${align}`]]
  return renderer.renderToken(tokens, index, options)
}

/** `- [x] done` */
function tasks(state: StateCore): void {
  state.tokens.forEach((token, index) => {
    const [paragraph, item] = [state.tokens[index - 1], state.tokens[index - 2]]
    if (paragraph?.type !== 'paragraph_open' || item?.type !== 'list_item_open') return
    const mark = taskMark(state, token)
    if (!mark) return
    token.children?.unshift(mark)
    item.attrJoin('class', 'task-item')
  })
}

/** Takes the box off the item's text and gives the mark that stands for it. */
function taskMark(state: StateCore, token: Token): Token | null {
  const [text] = token.children ?? []
  const box = text?.type === 'text' ? /^\[([ xX])\] /.exec(text.content) : null
  if (!text || !box) return null
  text.content = text.content.slice(4)
  const mark = new state.Token('html_inline', '', 0)
  const done = box[1] !== ' '
  mark.content = `<span class="task" data-done="${String(done)}">${done ? '☑' : '☐'}</span> `
  return mark
}

function escapeHtml(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;')
}
