import type { VueWrapper } from '@vue/test-utils'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'

import { useToasts } from '@/stores/toasts'
import type { VillageHealth } from '@/wire'

import { FakeVillage } from '../fakes'
import { stale } from '../samples'
import { press, show } from '../stage'
import { arcOf, verdictOf } from './dial'
import HealthTab from './HealthTab.vue'

let server: FakeVillage
let view: VueWrapper | null = null

beforeEach(() => {
  server = new FakeVillage()
  const health: VillageHealth = {
    ...{ realm_id: 'home', total: 40, score: 72.5, stale: 9, low_access: 4, stale_days: 30, stalest: [stale('old')], least_read: [] },
    duplicates: [{ first: stale('a'), second: stale('b'), similarity: 0.97 }],
  }
  server.answers['GET /health'] = () => health
  server.answers['POST /health/consolidate'] = () => ({ kept_id: 'a2', merged_id: 'b', undo_id: 'u' })
  server.answers['POST /health/undo/u'] = () => new Response(null, { status: 204 })
})

afterEach(() => {
  view?.unmount()
  view = null
  vi.restoreAllMocks()
})

it('fills the dial as far as the score goes', () => {
  const end = (share: number) => arcOf(share).split(' ').slice(-2).map(Number)
  expect([end(0.5)[0], (end(0.5)[1] ?? 50) < 50]).toEqual([50, true])
  expect([arcOf(0.6).includes(' 0 0 1 '), arcOf(0.9).includes(' 0 1 1 '), arcOf(2)]).toEqual([true, true, arcOf(1)])
  expect([90, 60, 10].map(verdictOf)).toEqual(['Well kept', 'Fair', 'Neglected'])
})

it('says the score in words too, and what is neglected', async () => {
  ;({ view } = await show(HealthTab))
  expect(view.get('[role=meter]').attributes('aria-valuetext')).toBe('73 of 100: Fair')
  expect(view.text()).toMatch(/40memories9not read for 30 days4read at most twice/)
  expect(view.text()).toContain('never read, there since')
})

it('makes one of two with one click, and two of it again', async () => {
  ;({ view } = await show(HealthTab))
  await press('Make one of them')
  expect(server.asked).toContain('POST /health/consolidate {"id1":"a","id2":"b","keep":"higher_confidence"}')
  const [toast] = useToasts().toasts
  await toast?.action?.run()
  expect([toast?.action?.label, server.asked.filter((one) => one.startsWith('POST')).at(-1)]).toEqual(['Undo', 'POST /health/undo/u'])
  expect(server.asked.filter((one) => one.startsWith('GET /health'))).toHaveLength(3)
})

it('a person says which one is kept', async () => {
  ;({ view } = await show(HealthTab))
  const keep = view.findAll('button').filter((button) => button.text() === 'Keep this')
  await keep[1]?.trigger('click')
  expect(server.asked.find((one) => one.startsWith('POST'))).toContain('"keep":"id2"')
})

it('asks anew when stale means something else', async () => {
  ;({ view } = await show(HealthTab))
  await view.get('select').setValue('90')
  expect(server.asked).toContain('GET /health ?realm_id=home&stale_days=90')
})
