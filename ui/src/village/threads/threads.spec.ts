import { flushPromises, type VueWrapper } from '@vue/test-utils'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'

import { useToasts } from '@/stores/toasts'
import type { Thread } from '@/wire'

import { FakeVillage } from '../fakes'
import { knowledge, MOMENT, thread } from '../samples'
import { fillIn, press, show } from '../stage'
import { curveOf, layOut, MOST_COLUMNS } from './graph'
import ThreadRow from './ThreadRow.vue'
import ThreadsTab from './ThreadsTab.vue'

let server: FakeVillage
let there: Thread[]
let view: VueWrapper | null = null

beforeEach(() => {
  server = new FakeVillage()
  there = [thread('stone', 0), thread('gold', 3)]
  server.answers['GET /threads'] = (_body, query) => ({ threads: there.filter((one) => Boolean(one.archived_at) === (query.get('archived') === 'true')) })
  server.answers['GET /threads/stone'] = () => ({
    thread: there[0],
    statements: ['a', 'b', 'c'].map((id) => knowledge(id)),
    replies: [{ from_id: 'b', to_id: 'a' }, { from_id: 'c', to_id: 'a' }, { from_id: 'c', to_id: 'b' }],
    next_cursor: null,
  })
})

afterEach(() => {
  view?.unmount()
  view = null
  vi.restoreAllMocks()
})

const titles = (shown: VueWrapper) => shown.findAll('[aria-label=Threads] li').map((row) => row.get('.font-medium').text())

it('puts who answers to the right of what they answer, one row each', () => {
  const said = ['a', 'b', 'c', 'd'].map((id) => knowledge(id))
  const graph = layOut(said, [{ from_id: 'b', to_id: 'a' }, { from_id: 'd', to_id: 'b' }, { from_id: 'd', to_id: 'c' }])
  expect(graph.nodes.map(({ column, row }) => [column, row])).toEqual([[0, 0], [1, 1], [0, 2], [2, 3]])
  expect(graph.nodes.at(-1)?.answers).toEqual([2, 3])
  expect([graph.edges.length, graph.columns]).toEqual([3, 3])
})

it('leaves out arrows to what is not there, and to itself; and no exchange grows too wide', () => {
  const said = Array.from({ length: 12 }, (_, index) => knowledge(`n${index}`))
  const chain = said.slice(1).map(({ id }, index) => ({ from_id: id, to_id: `n${index}` }))
  const graph = layOut(said, [...chain, { from_id: 'n3', to_id: 'gone' }, { from_id: 'n4', to_id: 'n4' }])
  expect([graph.columns, graph.edges.length]).toEqual([MOST_COLUMNS, 11])
  expect(graph.edges.every((edge) => !curveOf(edge).includes('NaN'))).toBe(true)
  expect(layOut([], [])).toEqual({ nodes: [], edges: [], columns: 1 })
})

it('lists the threads of the realm, and those of the archive apart', async () => {
  there.push(thread('old', 4, { archived_at: MOMENT }))
  ;({ view } = await show(ThreadsTab))
  expect(titles(view)).toEqual(['stone', 'gold'])
  await press('Archived')
  expect(titles(view)).toEqual(['old'])
})

it('shows a thread in order, with the answers in words and drawn', async () => {
  ;({ view } = await show(ThreadsTab))
  await view.get('[aria-label=Threads] button').trigger('click')
  await flushPromises()
  const rows = view.findAll('ol li').map((row) => row.text())
  expect(rows[2]).toMatch(/says c.*3\. AZOTH answers 1, 2/)
  expect([view.findAll('[data-graph] circle').length, view.findAll('[data-graph] path').length]).toEqual([3, 3])
})

it('begins a thread, and answers a statement in it', async () => {
  server.answers['POST /threads'] = () => there[0]
  server.answers['POST /knowledge'] = () => knowledge('new')
  ;({ view } = await show(ThreadsTab))
  await press('New thread')
  await fillIn('The stone')
  expect(server.asked).toContain('POST /threads {"realm_id":"home","name":"The stone","title":"The stone"}')

  await press('Answer 2')
  await fillIn('I agree')
  expect(server.asked.find((one) => one.startsWith('POST /knowledge'))).toContain('"thread":"stone","responding_to":["b"]')
})

it('moves a thread to its neighbour, renames it, and archives it with a way back', async () => {
  server.answers['PATCH /threads/stone'] = () => there[0]
  ;({ view } = await show(ThreadsTab))
  const row = view.findComponent(ThreadRow)
  row.vm.$emit('move', 1)
  await flushPromises()
  row.vm.$emit('archive')
  await flushPromises()
  await useToasts().toasts[0]?.action?.run()
  row.vm.$emit('rename')
  await flushPromises()
  await fillIn('The stone')
  const changes = ['{"position":3}', '{"archived":true}', '{"archived":false}', '{"title":"The stone"}']
  expect(server.asked.filter((one) => one.startsWith('PATCH'))).toEqual(changes.map((body) => `PATCH /threads/stone ${body}`))
})

it('offers a reader nothing that they may not do', async () => {
  server.realms = server.realms.map((one) => ({ ...one, role: 'reader' }))
  ;({ view } = await show(ThreadsTab))
  expect(view.text()).not.toContain('New thread')
  expect(view.find('[aria-label="Options for stone"]').exists()).toBe(false)
})
