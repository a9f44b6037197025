import { expect, it } from 'vitest'
import { partsOf } from '@/conversations/snippet'

it.each([
  ['plain words', [['plain words', false]]],
  ['\u0002gold\u0003 is heavy', [['gold', true], [' is heavy', false]]],
  ['the \u0002gold\u0003 of \u0002fools\u0003', [['the ', false], ['gold', true], [' of ', false], ['fools', true]]],
  ['cut off \u0002gol', [['cut off ', false], ['gol', true]]],
])('cuts %j where words were found', (snippet, parts) => {
  expect(partsOf(snippet).map(({ text, found }) => [text, found])).toEqual(parts)
})
