// Text is AA (4.5) and the edge of what one acts on 3, in light and in dark: computed from the tokens themselves.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const css = readFileSync('src/styles/tokens.css', 'utf8')
const GROUNDS = ['canvas', 'panel', 'surface', 'raised', 'bubble', 'code']
const TEXT = ['ink', 'ink-soft', 'ink-faint', 'accent', 'danger', 'success']
const PAIRS: [text: string, ground: string][] = [
  ...GROUNDS.flatMap((ground) => TEXT.map((text): [string, string] => [text, ground])),
  ['gold-ink', 'gold'],
  ['gold-ink', 'gold-hover'],
  ['ink', 'gold-soft'],
  ['ink-soft', 'gold-soft'],
  ['accent', 'gold-soft'],
  ['danger', 'danger-soft'],
  ['success', 'success-soft'],
  ['canvas', 'ink'],
]

function tokens(selector: string): Record<string, string> {
  const block = css.slice(css.indexOf(`${selector} {`)).split('}')[0] ?? ''
  return Object.fromEntries([...block.matchAll(/--([\w-]+): (#[0-9a-f]{6})/g)].map(([, name, value]) => [name, value]))
}

function luminance(hex: string): number {
  const channels = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255)
  const [red = 0, green = 0, blue = 0] = channels.map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

function contrast(one: string, other: string): number {
  const [light = 0, dark = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a)
  return (light + 0.05) / (dark + 0.05)
}

const light = tokens(':root')
const themes = { light, dark: { ...light, ...tokens(":root[data-theme='dark']") } }

describe.each(Object.entries(themes))('in %s', (_, theme) => {
  const of = (name: string) => theme[name] ?? expect.fail(`no token ${name}`)

  it.each(PAIRS)('%s on %s can be read', (text, ground) => {
    expect(contrast(of(text), of(ground))).toBeGreaterThanOrEqual(4.5)
  })

  it.each(['canvas', 'panel', 'surface'])('edges of fields, the focus ring and our sign stand out on %s', (ground) => {
    expect(contrast(of('line-strong'), of(ground))).toBeGreaterThanOrEqual(3)
    expect(contrast(of('mark'), of(ground))).toBeGreaterThanOrEqual(3)
    expect(contrast(of('focus'), of(ground))).toBeGreaterThanOrEqual(3)
  })
})
