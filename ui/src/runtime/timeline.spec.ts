import { expect, it } from 'vitest'
import { part, timeline } from './samples'
import { barsOf, ticksOf } from './timeline'

const spans = [
  part('queue', 0, 0.5),
  part('model', 0.5, 3, { name: 'claude', step: 0, first_token: 1.5 }),
  part('tool', 3, 4, { name: 'calculator', step: 0, failed: true }),
]

it('puts each bar where its time is', () => {
  const bars = barsOf(timeline(spans))

  expect(bars.map(({ left, width }) => [left, width])).toEqual([
    [0, 12.5],
    [12.5, 62.5],
    [75, 25],
  ])
  expect(bars[1]?.silent).toBe(40)
})

it('says in a sentence all that a bar shows', () => {
  const [waiting, model, tool] = barsOf(timeline(spans), () => 'Claude')

  expect(waiting?.said).toBe('Waiting: began after 0 ms, took 500 ms')
  expect(model?.said).toBe('Claude, step 1: began after 500 ms, took 2.5 s, first word after 1.0 s')
  expect(tool?.said).toBe('calculator, step 1: began after 3.0 s, took 1.0 s, failed')
})

it('lets what goes on reach to the end', () => {
  const [, model] = barsOf(timeline([part('queue', 0, 1), part('model', 1, null)], { seconds: 5 }))

  expect(model).toMatchObject({ left: 20, width: 80, took: '4.0 s…' })
  expect(model?.said).toContain('not finished')
})

it('survives a turn that took no time', () => {
  expect(barsOf(timeline([part('queue', 0, 0)]))).toMatchObject([{ left: 0, width: 0, silent: 0 }])
})

it.each([
  [4, ['0 ms', '1.0 s', '2.0 s', '3.0 s', '4.0 s']],
  [0.35, ['0 ms', '100 ms', '200 ms', '300 ms']],
])('the scale of %d seconds has few and round moments', (seconds, texts) => {
  expect(ticksOf(seconds).map(({ text }) => text)).toEqual(texts)
})
