import { flushPromises, mount, type VueWrapper } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createMemoryHistory, createRouter } from 'vue-router'
import VillagePage from '../VillagePage.vue'
import { convergence, detail, event, knowledge, listedKnowledge, ME, moved, presence, profile, realm, REALM, ZONES } from './samples'
import { announcement } from '@/announce'
import type { ChannelEvent, Follower } from '@/channels'
import { socket } from '@/socket'
import { useAuth } from '@/stores/auth'
import type { User } from '@/wire'

const answers: Record<string, unknown> = {}
const followers = new Map<string, Follower>()
let page: VueWrapper | null = null

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  localStorage.clear()
  followers.clear()
  Object.assign(answers, {
    '/api/v1/village/realms': { realms: [realm(), realm({ id: 'other', name: 'Elsewhere', home: false, kind: 'bridge' })] },
    '/api/v1/village/map': { width: 800, height: 600, zones: ZONES },
    '/api/v1/village/agents': { agents: [profile('AZOTH'), profile('VAJRA')] },
    [`/api/v1/village/realms/${REALM}`]: detail({ here: [presence()] }),
    '/api/v1/village/realms/other': detail({ realm: realm({ id: 'other' }), members: [], here: [] }),
    '/api/v1/village/knowledge': { hits: [{ knowledge: listedKnowledge({ agent: 'VAJRA' }), score: null, why: null }], next_cursor: null },
    '/api/v1/village/convergence': { convergences: [], next_cursor: null },
    '/api/v1/village/convergence/c1': convergence(['AZOTH', 'VAJRA'], { id: 'c1' }),
  })
  vi.stubGlobal('fetch', (address: string) => {
    const found = address.includes('realm_id=other') ? { hits: [], convergences: [] } : answers[address.split('?')[0] ?? '']
    return Promise.resolve(found ? Response.json(found) : Response.json({ title: 'Not here' }, { status: 404 }))
  })
  vi.spyOn(socket, 'follow').mockImplementation((channel: string, _after: string | null, run: Follower) => {
    followers.set(channel, run)
    return () => followers.delete(channel)
  })
})

afterEach(() => {
  page?.unmount()
  page = null
  vi.useRealTimers()
  vi.restoreAllMocks()
})

async function look(): Promise<VueWrapper> {
  const pinia = createPinia()
  setActivePinia(pinia)
  useAuth().user = { id: ME, email: 'ada@example.org', display_name: 'Ada', created_at: '2026-11-23T09:00:00Z', admin: false } satisfies User
  const router = createRouter({ history: createMemoryHistory(), routes: [{ path: '/village/:tab?', component: VillagePage, props: true }] })
  await router.push('/village')
  page = mount(VillagePage, { global: { plugins: [pinia, router] }, attachTo: document.body })
  await vi.dynamicImportSettled()
  await flushPromises()
  await flushPromises()
  return page
}

async function tell(one: ChannelEvent): Promise<void> {
  followers.get(`realm:${REALM}`)?.(one)
  await flushPromises()
}

const item = (shown: VueWrapper, name: string) => shown.get(`[data-figure=${name}]`)

it('says in a list who is where, what they do and what they said last', async () => {
  const shown = await look()
  expect(item(shown, 'AZOTH').get('[data-where]').text()).toBe('Village square')
  expect(item(shown, 'VAJRA').get('[data-words]').text()).toContain('Bridges hold.')
  expect(shown.get('[aria-labelledby=village-people]').text()).toContain('Ada')

  await tell(moved('11-0', 'AZOTH', 'library', 'kb_search'))
  expect(item(shown, 'AZOTH').get('[data-where]').text()).toBe('Library')
  expect(item(shown, 'AZOTH').get('[data-does]').text()).toBe('uses kb_search')

  await tell(event('12-0', 'agent_idle', { user_id: ME, agent: 'AZOTH' }))
  expect(item(shown, 'AZOTH').get('[data-where]').text()).toBe('Village square')
})

it('tells what happens to who listens, many things at once', async () => {
  await look()
  await tell(moved('11-0', 'AZOTH', 'library', 'kb_search'))
  await tell(event('12-0', 'knowledge_added', { knowledge: knowledge() }))
  await vi.advanceTimersByTimeAsync(5_000)

  expect(announcement.value).toBe('Azoth goes to the library and uses kb_search. Azoth says: Bridges hold.')
})

it('shows who agrees when it is found', async () => {
  const shown = await look()
  expect(shown.find('[aria-labelledby=village-agreements]').exists()).toBe(false)

  await tell(event('11-0', 'convergence', { convergence_id: 'c1' }))
  expect(shown.get('[aria-labelledby=village-agreements]').text()).toContain('Azoth and Vajra: harmony, found independently')
})

it('marks whom one chooses, and shows another realm', async () => {
  const shown = await look()
  await item(shown, 'AZOTH').trigger('click')
  expect(item(shown, 'AZOTH').attributes('aria-pressed')).toBe('true')
  expect(shown.find('[data-card]').exists()).toBe(true)

  await shown.get('[data-realm]').setValue('other')
  await flushPromises()
  expect(shown.find('[data-figure=AZOTH]').exists()).toBe(false)
  expect(shown.text()).toContain('No agent is in this realm yet.')
})

it('reads anew when something was missed, and what comes meanwhile is not lost', async () => {
  const shown = await look()
  answers[`/api/v1/village/realms/${REALM}`] = detail({ seq: '20-0', here: [presence({ agent: 'VAJRA', zone: 'nursery', tool: 'train' })] })
  followers.get(`realm:${REALM}`)?.({ type: 'reload', channel: `realm:${REALM}`, seq: '' })
  await tell(moved('15-0', 'VAJRA', 'library', 'kb_search'))
  await tell(moved('21-0', 'AZOTH', 'workshop', 'run_code'))
  await flushPromises()

  expect(item(shown, 'VAJRA').get('[data-where]').text()).toBe('Nursery')
  expect(item(shown, 'AZOTH').get('[data-where]').text()).toBe('Workshop')
})
