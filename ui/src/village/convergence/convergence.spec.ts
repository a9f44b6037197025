import { flushPromises, type VueWrapper } from '@vue/test-utils'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'

import type { Convergence } from '@/wire'

import { FakeVillage } from '../fakes'
import { convergence, happened, statement } from '../samples'
import { press, show } from '../stage'
import ConvergenceTab from './ConvergenceTab.vue'
import { echoOf, independenceOf, upserted } from './sayings'

let server: FakeVillage
let there: Convergence[]
let view: VueWrapper | null = null

beforeEach(() => {
  server = new FakeVillage()
  there = [convergence('one')]
  server.answers['GET /convergence'] = () => ({ convergences: there, next_cursor: null })
})

afterEach(() => {
  view?.unmount()
  view = null
  vi.restoreAllMocks()
})

it('says whether they came to it by themselves', () => {
  const statements = [statement('a'), statement('b', { echo_of: 'a' }), statement('c')]
  expect(independenceOf({ independent: true, statements })).toMatch(/^Independent: none of them had read/)
  expect(independenceOf({ independent: false, statements })).toMatch(/^Echo: 1 of 3 had read/)
  expect(independenceOf({ independent: false, statements: statements.slice(0, 2) })).toMatch(/^Echo: the others had read/)
  expect(statements.map((one) => echoOf(one, statements))).toEqual([null, 'had read 1 before', null])
  expect(echoOf(statement('b', { echo_of: 'gone' }), statements)).toBe('had read it elsewhere before')
})

it('puts what changed in its place, and what is new first', () => {
  const [a, b] = [convergence('a'), convergence('b')]
  expect(upserted([a, b], { ...b, status: 'confirmed' }).map(({ id, status }) => [id, status])).toEqual([['a', 'open'], ['b', 'confirmed']])
  expect(upserted([a], b).map(({ id }) => id)).toEqual(['b', 'a'])
})

it('shows who says the same, how much alike, and in what words', async () => {
  ;({ view } = await show(ConvergenceTab))
  expect(server.asked).toContain('GET /convergence ?realm_id=home&status=open&limit=30')
  expect(view.get('article').text()).toMatch(/HARMONY.*AZOTH · VAJRA.*87 % alike.*says a.*says b.*VAJRA.*Independent/s)
})

it('what is confirmed leaves the open ones', async () => {
  server.answers['POST /convergence/one'] = (body) => convergence('one', { status: body.status as Convergence['status'] })
  ;({ view } = await show(ConvergenceTab))
  await press('Confirm')
  expect(server.asked).toContain('POST /convergence/one {"status":"confirmed"}')
  expect(view.findAll('article')).toHaveLength(0)
})

it('shows an agreement as it is found, and lets go of one that another person answered', async () => {
  server.answers['GET /convergence/two'] = () => convergence('two', { kind: 'CONSENSUS' })
  server.answers['GET /convergence/one'] = () => convergence('one', { status: 'dismissed' })
  ;({ view } = await show(ConvergenceTab))
  server.tell('realm:home', happened('convergence', { convergence_id: 'two' }))
  await flushPromises()
  expect(view.findAll('article').map((card) => card.text().slice(0, 9))).toEqual(['CONSENSUS', 'HARMONYAZ'])

  server.tell('realm:home', happened('convergence_answered', { convergence_id: 'one' }))
  await flushPromises()
  expect(view.findAll('article')).toHaveLength(1)
})

it('looks for agreement when asked to', async () => {
  server.answers['POST /convergence/find'] = () => ({ convergences: [], next_cursor: null })
  ;({ view } = await show(ConvergenceTab))
  await press('Look through the last week')
  expect(server.asked).toContain('POST /convergence/find {"realm_id":"home","hours":168}')
})
