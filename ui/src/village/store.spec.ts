import { flushPromises } from '@vue/test-utils'
import { beforeEach, expect, it, vi } from 'vitest'

import { FakeVillage } from './fakes'
import { happened, realm } from './samples'
import { useVillage } from './store'

let server: FakeVillage

beforeEach(() => {
  server = new FakeVillage()
  server.realms = [realm('guild'), realm('home', { home: true }), realm('bridge', { kind: 'bridge' })]
})

it('looks at the home village until another is chosen, and remembers that', async () => {
  const village = useVillage()
  await village.load()
  expect(village.realm?.id).toBe('home')

  village.choose('bridge')
  expect([village.realm?.id, localStorage.getItem('apex.realm')]).toEqual(['bridge', 'bridge'])
})

it('goes back home when the chosen realm is gone', async () => {
  const village = useVillage()
  await village.load()
  village.choose('guild')
  server.realms = server.realms.slice(1)
  await village.load()

  expect(village.realm?.id).toBe('home')
  expect(server.channels).toEqual(['realm:home', 'realm:bridge'])
})

it('tells who listens what happens, and when something may have been missed', async () => {
  const village = useVillage()
  await village.load()
  const [run, gap] = [vi.fn(), vi.fn()]
  const stop = village.on(run, gap)
  server.tell('realm:guild', happened('knowledge_added', {}, 'guild'))
  server.tell('realm:guild', { type: 'reload', channel: 'realm:guild', seq: '' })
  stop()
  server.tell('realm:guild', happened('convergence', {}, 'guild'))

  expect(run.mock.calls.map(([event]) => event.event)).toEqual(['knowledge_added'])
  expect(gap).toHaveBeenCalledTimes(1)
  expect(village.events.map(({ event }) => event)).toEqual(['knowledge_added', 'convergence'])
})

it('reads the realms anew when one of them changed, once however many ask', async () => {
  const village = useVillage()
  await village.load()
  server.realms = [...server.realms, realm('new')]
  server.tell('realm:home', happened('realm_changed', { what: 'member_added' }))
  void village.load()
  await flushPromises()

  expect(server.asked.filter((one) => one === 'GET /realms')).toHaveLength(2)
  expect(village.find('new')?.id).toBe('new')
})

it('says what is wrong when the realms cannot be read', async () => {
  server.answers['GET /realms'] = () => Response.json({ title: 'The database does not answer.' }, { status: 503 })
  await useVillage().load()
  expect(useVillage().failure).toBe('The database does not answer.')
})
