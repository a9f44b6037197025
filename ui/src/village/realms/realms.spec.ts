import { flushPromises, type VueWrapper } from '@vue/test-utils'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'

import type { Invite, RealmMember } from '@/wire'

import { FakeVillage } from '../fakes'
import { ME, member, MOMENT, realm } from '../samples'
import { dialog, fillIn, press, send, show } from '../stage'
import { useVillage } from '../store'
import JoinView from './JoinView.vue'
import RealmsTab from './RealmsTab.vue'
import { hoursText, inviteLink, mayDelete, mayKeep, mayLeave, mayTransfer } from './rights'

const INVITE: Invite = { id: 'i', role: 'reader', created_by: ME, created_at: MOMENT, expires_at: MOMENT, uses_left: 1 }
const INVITATION = { name: 'Guild', description: '', kind: 'village', role: 'writer', invited_by: 'Bo', expires_at: MOMENT, realm_id: null }
let server: FakeVillage
let members: RealmMember[]
let view: VueWrapper | null = null

beforeEach(() => {
  server = new FakeVillage()
  server.realms = [realm('home', { name: 'Home', home: true }), realm('guild', { name: 'Guild' })]
  members = [member(ME, { owner: true, you: true, role: 'keeper' }), member('bo'), member('bo', { agent: 'VAJRA', role: 'reader' })]
  server.answers['GET /people'] = () => ({ people: [{ user_id: 'bo', display_name: 'Bo' }] })
  for (const id of ['home', 'guild']) {
    server.answers[`GET /realms/${id}/members`] = () => ({ members })
    server.answers[`GET /realms/${id}/invites`] = () => ({ invites: [INVITE] })
  }
})

afterEach(() => {
  view?.unmount()
  view = null
  vi.restoreAllMocks()
})

async function atGuild(): Promise<VueWrapper> {
  localStorage.setItem('apex.realm', 'guild')
  ;({ view } = await show(RealmsTab))
  return view
}

it('knows what one may do where', () => {
  const home = realm('h', { home: true })
  const owned = realm('o')
  const others = realm('x', { mine: false, role: 'keeper' })
  expect([home, owned, others].map(mayDelete)).toEqual([false, true, false])
  expect([home, owned, others].map(mayTransfer)).toEqual([false, true, false])
  expect([home, owned, others].map(mayLeave)).toEqual([false, false, true])
  expect([mayKeep(others), mayKeep(realm('p', { kind: 'private' })), mayKeep(realm('r', { role: 'writer' }))]).toEqual([true, false, false])
  expect(inviteLink('/village/join?token=t', 'https://apex.example')).toBe('https://apex.example/village/join?token=t')
  expect([1, 24, 72].map(hoursText)).toEqual(['1 hour', '24 hours', '3 days'])
})

it('chooses the realm that all tabs show, and makes a new one', async () => {
  server.answers['POST /realms'] = () => {
    const made = realm('bridge', { kind: 'bridge' })
    server.realms.push(made)
    return made
  }
  server.answers['GET /realms/bridge/members'] = () => ({ members: [] })
  server.answers['GET /realms/bridge/invites'] = () => ({ invites: [] })
  const shown = await atGuild()
  await shown.findAll('[aria-label=Realms] button')[0]?.trigger('click')
  expect(useVillage().realm?.id).toBe('home')

  await press('New realm')
  await press('Bridge')
  await fillIn('Crossing')
  expect(server.asked).toContain('POST /realms {"kind":"bridge","name":"Crossing","description":""}')
  expect(useVillage().realm?.id).toBe('bridge')
})

it('changes a role, takes a grant of one agent back, and not all of its person', async () => {
  server.answers['PATCH /realms/guild/members/bo'] = () => members[1]
  const shown = await atGuild()
  await shown.get('select[aria-label="Role of bo"]').setValue('keeper')
  await press('Take back the membership of VAJRA (bo)')
  const deeds = server.asked.filter((one) => /^(PATCH|DELETE)/.test(one))
  expect(deeds).toEqual(['PATCH /realms/guild/members/bo {"role":"keeper"}', 'DELETE /realms/guild/members/bo ?agent=VAJRA'])
})

it('shows the link of an invitation once', async () => {
  server.answers['POST /realms/guild/invites'] = () => ({ invite: INVITE, token: 'secret', path: '/village/join?token=secret' })
  const shown = await atGuild()
  await shown.get('[aria-labelledby=invites] form').trigger('submit')
  await flushPromises()
  expect(server.asked).toContain('POST /realms/guild/invites {"role":"reader","hours":72,"uses":1}')
  expect(shown.get('code').text()).toMatch(/\/village\/join\?token=secret$/)

  useVillage().choose('home')
  await flushPromises()
  expect(shown.find('code').exists()).toBe(false)
})

it('lets one agent of another person in', async () => {
  server.answers['POST /realms/guild/members'] = () => members[2]
  const shown = await atGuild()
  const form = shown.get('[aria-labelledby=grants] form')
  await form.get('select').setValue('bo')
  await form.get('input').setValue('KETHER')
  await form.trigger('submit')
  await flushPromises()
  expect(server.asked).toContain('POST /realms/guild/members {"user_id":"bo","agent":"KETHER","role":"writer"}')
})

it('deletes only once its name is written', async () => {
  await atGuild()
  await press('Delete')
  await send()
  expect(server.asked.some((one) => one.startsWith('DELETE'))).toBe(false)
  await fillIn('Guild')
  expect(server.asked).toContain('DELETE /realms/guild')
})

it('hands a realm over to a person, never to one agent of theirs', async () => {
  server.answers['POST /realms/guild/transfer'] = () => server.realms[1]
  await atGuild()
  await press('Hand over')
  expect([...(dialog()?.querySelectorAll('option') ?? [])].map((option) => option.textContent)).toEqual(['bo'])
  await send()
  expect(server.asked).toContain('POST /realms/guild/transfer {"user_id":"bo"}')
})

it('who does not own it leaves it, and sees nothing that is for keepers', async () => {
  server.realms = [server.realms[0] ?? realm('home'), realm('guild', { name: 'Guild', mine: false, role: 'writer' })]
  const shown = await atGuild()
  expect(shown.text()).not.toMatch(/Invite by a link|Let somebody in|Delete/)
  expect(server.asked).not.toContain('GET /realms/guild/invites')
  await press('Leave')
  await send()
  expect(server.asked).toContain(`DELETE /realms/guild/members/${ME}`)
})

it('an invitation says what it leads to before one joins', async () => {
  server.answers['POST /invitation'] = () => INVITATION
  server.answers['POST /join'] = () => server.realms[1]
  const shown = await show(JoinView, '/village/join?token=secret')
  view = shown.view
  expect(view.text()).toContain('Bo invites you as a writer')
  await view.get('input').setValue('AZOTH, KETHER')
  await view.get('form').trigger('submit')
  await flushPromises()
  expect(server.asked).toContain('POST /join {"token":"secret","agents":["AZOTH","KETHER"]}')
  expect([useVillage().realm?.id, shown.router.currentRoute.value.path]).toEqual(['guild', '/village'])
})

it('an invitation that does not count any more says so', async () => {
  server.answers['POST /invitation'] = () => Response.json({ title: 'Not found' }, { status: 404 })
  ;({ view } = await show(JoinView, '/village/join?token=old'))
  expect(view.get('[role=alert]').text()).toContain('This invitation does not count')
})
