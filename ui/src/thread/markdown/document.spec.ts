import { describe, expect, it } from 'vitest'

import { MarkdownDocument, renderMarkdown } from './document'

const html = (text: string) => renderMarkdown(text).map((block) => block.html).join('')

const LONG = `# Title

Some **bold** text with \`code\`, a [link](https://example.org) and $x^2$.

- one
- two
  - nested

    continued
- [x] done

1. first

2. second

> quoted
lazily

| a | b |
|:--|--:|
| 1 | 2 |

\`\`\`python
def f():
    return 1

# not a heading
\`\`\`

$$
\\int_0^1 x\\,dx

+ 1
$$

Setext
===

    indented code

***

Last [ref] line
with two lines

[ref]: https://example.org/late
`

function streamed(text: string, sizes: () => number): MarkdownDocument {
  const document = new MarkdownDocument()
  for (let at = 0; at < text.length; ) {
    const size = sizes()
    document.append(text.slice(at, at + size))
    document.blocks()
    at += size
  }
  document.end()
  return document
}

describe('a text that streams', () => {
  it('ends as it would have been rendered in one go, however it was cut', { timeout: 30_000 }, () => {
    const whole = html(LONG)
    for (let seed = 1; seed <= 25; seed += 1) {
      let state = seed
      const sizes = () => 1 + ((state = (state * 1103515245 + 12345) % 2147483648) % (3 * seed))
      const document = streamed(LONG, sizes)
      expect(document.blocks().map((block) => block.html).join(''), `seed ${String(seed)}`).toBe(whole)
    }
  })

  it('keeps finished blocks untouched', () => {
    const document = new MarkdownDocument()
    document.append('First\n\nSecond\n\nTh')
    const before = document.blocks()
    document.append('ird')
    const after = document.blocks()
    expect(after).toHaveLength(3)
    expect([after[0] === before[0], after[1] === before[1], after[2]?.open]).toEqual([true, true, true])
  })

  it('costs the rendering of the last block only', () => {
    const cost = (paragraphs: number) => {
      const document = new MarkdownDocument()
      document.append('A paragraph with **some** words in it.\n\n'.repeat(paragraphs))
      document.blocks()
      const start = performance.now()
      for (let n = 0; n < 200; n += 1) {
        document.append('word ')
        document.blocks()
      }
      return performance.now() - start
    }
    cost(10)
    expect(cost(3000)).toBeLessThan(10 * cost(10) + 50)
  })

  it.each([
    ['**bo', '<p><strong>bo</strong></p>'],
    ['text **', '<p>text</p>'],
    ['say `co', '<p>say <code>co</code></p>'],
    ['see [the page](https://exa', '<p>see the page</p>'],
    ['text\n-', '<p>text</p>'],
    ['text\n==', '<p>text</p>'],
    ['#', ''],
    ['a\n\n1.', '<p>a</p>'],
    ['~~gone', '<p><s>gone</s></p>'],
  ])('shows the unfinished %j without flashing markers', (text, wanted) => {
    const document = new MarkdownDocument()
    document.append(text)
    expect(document.blocks().map((block) => block.html.trim()).join('')).toBe(wanted)
  })

  it('shows an open code block as code', () => {
    const document = new MarkdownDocument()
    document.append('```js\nconst a = `x')
    expect(document.blocks().at(-1)?.html).toContain('<code data-language="js">const a = `x</code>')
  })
})

describe('maths', () => {
  const tex = (text: string) => [...html(text).matchAll(/data-tex="(\w+)">([^<]*)</g)].map(([, kind, source]) => [kind, source])

  it.each([
    ['$a+b$', [['inline', 'a+b']]],
    ['\\(a\\)', [['inline', 'a']]],
    ['$$a$$', [['display', 'a']]],
    ['\\[a\n+b\\]', [['display', 'a\n+b']]],
    ['$$\na\n\nb\n$$', [['display', 'a\n\nb']]],
    ['It is $5 and $10.', []],
    ['From $5-$10', []],
    ['`$a$`', []],
    ['so $x_i$ and $y_i$', [['inline', 'x_i'], ['inline', 'y_i']]],
    ['- item $$x$$', [['display', 'x']]],
    ['$a\\$b$', [['inline', 'a\\$b']]],
  ])('reads %j', (text, wanted) => {
    expect(tex(text)).toEqual(wanted)
  })
})

describe('tables and code', () => {
  it('puts a table into a box that scrolls, with its alignment', () => {
    const table = html('| a | b |\n|:-:|--:|\n| 1<br>2 | x |')
    expect(table).toContain('class="table-box"')
    expect(table).toContain('<td class="align-center">1<br>2</td>')
  })

  it('names the language and offers to copy', () => {
    const code = html('```ts\nlet a\n```')
    expect(code).toContain('<span class="code-language">ts</span>')
    expect(code).toContain('data-copy="code"')
  })
})
