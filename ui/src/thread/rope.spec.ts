import { expect, it } from 'vitest'

import { append, EMPTY, rope, since, textOf } from './rope'

it('grows and reads on from where it was read', () => {
  const first = append(append(EMPTY, 'a'), 'b')
  const second = append(append(first, 'c'), 'd')
  expect([textOf(second), second.length, since(second, first), since(second, second)]).toEqual(['abcd', 4, 'cd', ''])
  expect(since(second, EMPTY)).toBe('abcd')
})

it('says when it did not grow out of another', () => {
  expect(since(rope('abc'), rope('ab'))).toBeNull()
})

it('takes a hundred thousand chunks', () => {
  let whole = EMPTY
  for (let n = 0; n < 100_000; n += 1) whole = append(whole, 'x')
  expect(textOf(whole)).toHaveLength(100_000)
})
