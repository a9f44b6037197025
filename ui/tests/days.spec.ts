import { expect, it } from 'vitest'
import { byDay, byModel, datesUntil, dollars, niceTop } from '@/usage/days'
import type { UsageRow } from '@/wire'

const row = (day: string, model: string, cost: number): UsageRow => ({
  day,
  model,
  calls: 1,
  tokens_input: 10,
  tokens_output: 5,
  tokens_cache_read: 2,
  tokens_cache_write: 1,
  cost_usd: cost,
})
const rows = [row('2026-03-01', 'big', 0.2), row('2026-03-01', 'small', 0.1), row('2026-02-27', 'small', 0.3)]
const usage = { tokens_input: 30, tokens_output: 15, tokens_cache_read: 6, tokens_cache_write: 3, cost_usd: 0.6, rows }

it('counts days over the end of a month', () => {
  expect(datesUntil(new Date('2026-03-01T23:59:00Z'), 3)).toEqual(['2026-02-27', '2026-02-28', '2026-03-01'])
})

it('adds up each day and shows days without use', () => {
  const days = byDay(usage, datesUntil(new Date('2026-03-01T12:00:00Z'), 3))

  expect(days.map(({ tokens, calls }) => [tokens, calls])).toEqual([
    [18, 1],
    [0, 0],
    [36, 2],
  ])
})

it('adds up each model, the dearest first', () => {
  expect(byModel(usage).map(({ model, calls }) => [model, calls])).toEqual([
    ['small', 2],
    ['big', 1],
  ])
})

it.each([
  [0, 1],
  [0.003, 0.005],
  [1, 1],
  [12, 20],
  [501, 1000],
])('the scale over %d ends at %d', (most, top) => {
  expect(niceTop(most)).toBeCloseTo(top, 10)
})

it('does not round small money away', () => {
  expect([dollars(0), dollars(0.00042), dollars(12.3)]).toEqual(['$0.00', '$0.00042', '$12.30'])
})
