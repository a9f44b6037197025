import { flushPromises, mount } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, expect, it, vi } from 'vitest'

import type { Palette } from '@/charts/palette'
import type { Usage, UsagePart } from '@/wire'

import { OTHERS, partsOf, seriesOf, sumsOf, workName } from './cuts'
import { byDay, cachedShare, datesUntil, dollars, shareText } from './days'
import { promptSeries, stacked, writer } from './drawings'
import UsageView from './UsageView.vue'

vi.mock('@/charts/echarts', () => ({ init: () => ({ setOption: () => undefined, resize: () => undefined, dispose: () => undefined }) }))

function part(day: string, name: string | null, cost: number, more: Partial<UsagePart> = {}): UsagePart {
  const tokens = { tokens_input: 10, tokens_output: 5, tokens_cache_read: 2, tokens_cache_write: 1 }
  return { day, name, calls: 1, ...tokens, cost_usd: cost, ...more }
}

const PARTS = [part('2026-03-01', 'big', 0.2), part('2026-03-01', 'small', 0.1), part('2026-02-27', 'small', 0.3)]
const DATES = datesUntil(new Date('2026-03-01T12:00:00Z'), 3)
const USAGE: Usage = {
  ...{ tokens_input: 30, tokens_output: 15, tokens_cache_read: 6, tokens_cache_write: 3, cost_usd: 0.6 },
  ...{ cache_saved_usd: 0.4, cache_unpriced_tokens: 0 },
  rows: PARTS.map(({ name, ...row }) => ({ ...row, model: name ?? '' })),
  agents: [part('2026-03-01', null, 0.3), part('2026-02-27', 'AZOTH', 0.3)],
  work: [part('2026-03-01', 'chat', 0.3), part('2026-02-27', 'councils', 0.3)],
  tools: [
    { tool: 'web_search', runs: 5, succeeded: 3, refused: 1, seconds: 12 },
    { tool: 'calculator', runs: 1, succeeded: 1, refused: 0, seconds: 0.2 },
  ],
}
const PALETTE: Palette = { ink: '#000', soft: '#111', faint: '#222', line: '#333', surface: '#fff', mark: '#b80', font: 'x', series: ['#a00', '#0a0'] }

beforeEach(() => setActivePinia(createPinia()))

it('counts days over the end of a month', () => {
  expect(datesUntil(new Date('2026-03-01T23:59:00Z'), 3)).toEqual(['2026-02-27', '2026-02-28', '2026-03-01'])
})

it('adds up each day and shows days without use', () => {
  const days = byDay(USAGE, DATES)
  expect(days.map(({ tokens, calls, read }) => [tokens, calls, read])).toEqual([[18, 1, 2], [0, 0, 0], [36, 2, 4]])
})

it('adds up each model, the dearest first', () => {
  expect(sumsOf(partsOf(USAGE, 'model')).map(({ key, calls, input }) => [key, calls, input])).toEqual([['small', 2, 26], ['big', 1, 13]])
})

it('divides the same calls by agent and by kind of work', () => {
  expect(sumsOf(partsOf(USAGE, 'agent')).map(({ key }) => key)).toEqual([null, 'AZOTH'])
  expect(sumsOf(partsOf(USAGE, 'work')).map(({ key }) => workName(key))).toEqual(['Conversations', 'Councils'])
  expect([workName('something_new'), workName(null)]).toEqual(['something_new', 'Unknown'])
})

it('puts a value on every date, and what is too much together', () => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g']
  const parts = names.map((name, at) => part(DATES[at % 3] ?? '', name, 1 + at))
  const series = seriesOf(parts, DATES, 'cost', (key) => key ?? '')
  expect(series.map(({ name }) => name)).toEqual(['g', 'f', 'e', 'd', 'c', OTHERS])
  expect(series[0]?.values).toEqual([7, 0, 0])
  expect(series.at(-1)?.values).toEqual([1, 2, 0])
})

it('leaves out what lies outside of the dates', () => {
  const series = seriesOf([part('2025-01-01', 'big', 5), ...PARTS], DATES, 'tokens', (key) => key ?? '')
  expect(series.flatMap(({ values }) => values).reduce((sum, value) => sum + value, 0)).toBe(54)
})

it('says how much came from the cache, and never all when it was not all', () => {
  expect(cachedShare({ plain: 1, read: 3, written: 0 })).toBe(0.75)
  expect([null, 0, 0.004, 0.999, 1].map(shareText)).toEqual(['–', '0%', 'under 1%', '99%', '100%'])
  expect(cachedShare({ plain: 0, read: 0, written: 0 })).toBeNull()
})

it('does not round small money away', () => {
  expect([dollars(0), dollars(0.00042), dollars(12.3)]).toEqual(['$0.00', '$0.00042', '$12.30'])
})

it('draws what it has, a bar a day', () => {
  const option = stacked(promptSeries(byDay(USAGE, DATES)), DATES, writer('tokens'), PALETTE)
  expect(option.series).toMatchObject([{ name: 'Read from cache', data: [2, 0, 4] }, { name: 'Written to cache' }, { data: [10, 0, 20] }])
  expect(option.xAxis).toMatchObject({ data: ['Feb 27', 'Feb 28', 'Mar 1'] })
})

it('shows cost, cache and tools, divides anew at a press, and asks again for another span', async () => {
  const asked: string[] = []
  vi.stubGlobal('fetch', (path: string) => {
    asked.push(path)
    return Promise.resolve(Response.json(USAGE))
  })
  vi.stubGlobal('ResizeObserver', class {
    observe = () => undefined
    disconnect = () => undefined
  })
  const view = mount(UsageView)
  await flushPromises()
  expect(view.get('dl').text()).toContain('Saved by the cache$0.40')
  expect(view.text()).toContain('Without it the same calls would have cost $1.00: it saved $0.40.')
  const tool = view.get('[aria-labelledby=by-tool] tbody tr').findAll('td').map((cell) => cell.text())
  expect(tool).toEqual(['5', '', '1', '1', '12 s'])

  const press = async (text: string) => {
    await view.findAll('button').find((button) => button.text() === text)?.trigger('click')
    await flushPromises()
  }
  const heads = () => view.findAll('[aria-labelledby=by-day] > [role=region] tbody th').map((cell) => cell.text())
  expect(heads()).toEqual(['small', 'big'])
  await press('Kind of work')
  expect(heads()).toEqual(['Conversations', 'Councils'])
  await press('90 days')
  expect(asked).toHaveLength(2)
  const [from, to] = ['from', 'to'].map((name) => new URL(asked[1] ?? '', 'http://here').searchParams.get(name) ?? '')
  expect((Date.parse(to ?? '') - Date.parse(from ?? '')) / 86_400_000).toBe(89)
  view.unmount()
})
