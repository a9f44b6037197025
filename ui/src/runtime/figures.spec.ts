import { expect, it } from 'vitest'
import { shortId, shortName, span, stateOf, takenUp } from './figures'
import { host } from './samples'

it.each([
  [0, '0 ms'],
  [0.0423, '42 ms'],
  [1.26, '1.3 s'],
  [42.4, '42 s'],
  [61, '1 min 1 s'],
  [7260, '2 h 1 min'],
])('%d seconds are said as %s', (seconds, said) => {
  expect(span(seconds)).toBe(said)
})

it.each([
  [{}, 'serving'],
  [{ lag: 0.4 }, 'late'],
  [{ draining: true, lag: 0.4 }, 'leaving'],
  [{ alive: false, draining: true }, 'gone'],
] as const)('a host with %o is %s', (part, expected) => {
  expect(stateOf(host(part))).toBe(expected)
})

it('tells hosts and ids apart by what differs', () => {
  expect(shortName('host/6f2a9c01d2e3/1')).toBe('6f2a9c01/1')
  expect(shortName('session/0190e5a2-7c1d-7e3f-8a4b-aaaaaabbbbbb')).toBe('session …bbbbbb')
  expect(shortId('0190e5a2-7c1d-7e3f-8a4b-aaaaaabbbbbb')).toBe('…bbbbbb')
})

it('does not count the first beginning of a turn as taking it up', () => {
  expect([1, 2, 4].map((attempts) => takenUp({ attempts }))).toEqual(['–', 'once', '3 times'])
})
