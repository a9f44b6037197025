/** Keys for programs: made, shown once, listed, revoked; and a program's code confirmed or refused. */
import { flushPromises, mount, type VueWrapper } from '@vue/test-utils'
import { createPinia } from 'pinia'
import type { Component } from 'vue'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createMemoryHistory, createRouter } from 'vue-router'

import DeviceView from '@/accounts/DeviceView.vue'
import type { ApiKey } from '@/wire'

import KeysSection from './KeysSection.vue'
import { endOf, hasExpired } from './scopes'

const NOW = new Date('2026-11-23T22:00:00Z')
const KEY: ApiKey = {
  id: 'k1',
  name: 'Backup',
  hint: 'apex_Abcd',
  scopes: ['chat', 'files'],
  created_at: '2026-11-01T10:00:00Z',
  expires_at: '2030-01-01T00:00:00Z',
  last_used_at: null,
}
let view: VueWrapper | undefined
let asked: string[]
let answers: Record<string, (body: unknown) => unknown>

async function door(path: string, init: RequestInit = {}): Promise<Response> {
  await Promise.resolve()
  const place = `${init.method ?? 'GET'} ${path.replace('/api/v1', '')}`
  const body = init.body ? (JSON.parse(String(init.body)) as unknown) : undefined
  asked.push(body === undefined ? place : `${place} ${JSON.stringify(body)}`)
  const answer = answers[place]
  if (!answer) return Response.json({ title: 'Nothing waits here.' }, { status: 404 })
  const told = answer(body)
  return told === undefined ? new Response(null, { status: 204 }) : Response.json(told)
}

async function show(component: Component, path = '/'): Promise<void> {
  const router = createRouter({ history: createMemoryHistory(), routes: [{ path: '/:any(.*)*', component: { template: '<p />' } }] })
  await router.push(path)
  view = mount(component, { global: { plugins: [createPinia(), router] }, attachTo: document.body })
  await flushPromises()
}

async function press(text: string): Promise<void> {
  const button = shown().findAll('button').find((one) => one.text() === text || one.attributes('aria-label') === text)
  await button?.trigger('click')
  if (button?.attributes('type') === 'submit') await shown().get('form').trigger('submit')
  await flushPromises()
}

beforeEach(() => {
  asked = []
  answers = { 'GET /user/keys': () => ({ keys: [KEY] }) }
  vi.stubGlobal('fetch', door)
})

afterEach(() => {
  view?.unmount()
  view = undefined
})

function shown(): VueWrapper {
  if (!view) throw new Error('nothing is shown')
  return view
}

it('knows when a key ends', () => {
  expect(endOf('', NOW)).toBeNull()
  expect(endOf('30', NOW)).toBe('2026-12-23T22:00:00.000Z')
  expect([KEY, { ...KEY, expires_at: '2026-11-23T21:59:59Z' }, { ...KEY, expires_at: null }].map((key) => hasExpired(key, NOW))).toEqual([
    false,
    true,
    false,
  ])
})

it('makes a key and shows it once', async () => {
  answers['POST /user/keys'] = () => ({ ...KEY, id: 'k2', name: 'Script', key: 'apex_secret' })
  await show(KeysSection)
  await shown().get('form input[maxlength]').setValue('Script')
  await shown().get('input[value="all"]').setValue(false)
  await shown().get('input[value="village"]').setValue(true)
  await shown().get('select').setValue('')
  await press('Make a key')
  expect(asked).toContain('POST /user/keys {"name":"Script","scopes":["village"],"expires_at":null}')
  expect(shown().get('[role=status]').text()).toContain('apex_secret')
  expect(asked.filter((one) => one === 'GET /user/keys')).toHaveLength(2)
})

it('lists keys without their text, and revokes one', async () => {
  answers['DELETE /user/keys/k1'] = () => undefined
  await show(KeysSection)
  const listed = shown().get('ul[aria-label=Keys]').text()
  expect(listed).toContain('Backup')
  expect(listed).toContain('apex_Abcd…')
  expect(listed).toContain('Chat, Files')
  expect(listed).toContain('never used')
  await press('Revoke the key of Backup')
  expect(asked).toContain('DELETE /user/keys/k1')
  expect(shown().find('ul[aria-label=Keys]').exists()).toBe(false)
})

it('makes no key without a name or a scope', async () => {
  await show(KeysSection)
  expect(shown().get('button[type=submit]').attributes('disabled')).toBeDefined()
})

it('shows what a program asks for, and gives it what the person leaves ticked', async () => {
  answers['POST /auth/device/lookup'] = () => ({ name: 'apexaurum on a server', scopes: ['chat', 'agents'], address: '203.0.113.7', asked_at: NOW.toISOString() })
  answers['POST /auth/device/decide'] = () => undefined
  await show(DeviceView, '/device')
  await shown().get('input').setValue('bcdf-ghjk')
  await press('Go on')
  expect(asked).toContain('POST /auth/device/lookup {"user_code":"bcdf-ghjk"}')
  expect(shown().text()).toContain('apexaurum on a server')
  expect(shown().text()).toContain('203.0.113.7')
  expect(shown().findAll('input[type=checkbox]')).toHaveLength(2)
  await shown().get('input[value="chat"]').setValue(false)
  await press('Connect it')
  expect(asked).toContain('POST /auth/device/decide {"user_code":"bcdf-ghjk","scopes":["agents"]}')
  expect(shown().get('[role=status]').text()).toContain('It is connected')
})

it('looks at once with the code of a link, and refuses', async () => {
  answers['POST /auth/device/lookup'] = () => ({ name: 'something', scopes: ['all'], address: null, asked_at: NOW.toISOString() })
  answers['POST /auth/device/decide'] = () => undefined
  await show(DeviceView, '/device?code=BCDF-GHJK')
  expect(shown().findAll('input[type=checkbox]')).toHaveLength(7)
  await press('Refuse')
  expect(asked).toContain('POST /auth/device/decide {"user_code":"BCDF-GHJK","scopes":[]}')
  expect(shown().get('[role=status]').text()).toContain('refused')
})

it('says so when no program waits with a code', async () => {
  await show(DeviceView, '/device?code=BCDF-GHJK')
  expect(shown().get('[role=alert]').text()).toContain('No program waits with this code')
  expect(shown().find('form').exists()).toBe(true)
})
