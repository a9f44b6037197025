/**
 * A Markdown text that grows. It is cut at the boundaries of its top-level blocks: what stands before the last one is rendered once and
 * kept, so that a token costs the rendering of one block, not of the text.
 */
import type { Env, Token } from 'markdown-it'

import { mend } from './mend'
import { createParser } from './parser'
import { sanitize } from './sanitize'

const parser = createParser()
const DEFINITION = /^ {0,3}\[[^\]\n]+\]:\s*\S/m

export interface Block {
  readonly html: string
  /** Its text may still grow. */
  readonly open: boolean
}

export class MarkdownDocument {
  private done: Block[] = []
  private tail = ''
  private env: Env = {}
  private whole: string[] = []
  private ended = false
  length = 0

  /** The text goes on. */
  append(chunk: string): void {
    if (!chunk) return
    const text = chunk.replaceAll('\r', '')
    this.tail += text
    this.whole.push(text)
    this.length += chunk.length
  }

  /** The text is complete: nothing is held back any longer. */
  end(): void {
    if (this.ended) return
    this.ended = true
    if (!DEFINITION.test(this.whole.join(''))) return
    // A link's address may be defined below where it is used: read it all again, knowing them.
    this.tail = this.whole.join('')
    this.done = []
    this.env = {}
    parser.parse(this.tail, this.env)
  }

  blocks(): readonly Block[] {
    this.settle()
    if (this.ended || !this.tail) return this.done
    const html = sanitize(parser.render(mend(this.tail), {}))
    return html ? [...this.done, { html, open: true }] : this.done
  }

  /** Move all blocks that can't change any more out of the tail. */
  private settle(): void {
    if (!this.tail.trim() || !(this.ended || this.tail.includes('\n'))) return
    // What is defined in an unfinished text may be cut short, so it isn't kept.
    const groups = topLevel(parser.parse(this.tail, this.ended ? this.env : {}))
    const finished = this.ended ? groups : groups.slice(0, -1)
    if (!finished.length) return
    this.done = [...this.done, ...finished.map((tokens) => this.render(tokens))]
    const next = groups[finished.length]?.[0]?.map?.[0]
    this.tail = next === undefined ? '' : fromLine(this.tail, next)
  }

  private render(tokens: Token[]): Block {
    return { html: sanitize(parser.renderer.render(tokens, parser.options, this.env)), open: false }
  }
}

/** The blocks of a finished text. */
export function renderMarkdown(text: string): readonly Block[] {
  const document = new MarkdownDocument()
  document.append(text)
  document.end()
  return document.blocks()
}

function topLevel(tokens: readonly Token[]): Token[][] {
  const groups: Token[][] = []
  for (const token of tokens) {
    if (token.level === 0 && token.nesting >= 0) groups.push([])
    groups.at(-1)?.push(token)
  }
  return groups
}

function fromLine(text: string, line: number): string {
  let at = 0
  for (let count = 0; count < line; count += 1) at = text.indexOf('\n', at) + 1
  return text.slice(at)
}
