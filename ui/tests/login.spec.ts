import { flushPromises, mount, type VueWrapper } from '@vue/test-utils'
import { createPinia } from 'pinia'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createMemoryHistory, createRouter, type Router } from 'vue-router'
import LoginView from '@/accounts/LoginView.vue'
import { socket } from '@/socket'
import { tokens } from './samples'

const PASSWORD = 'correct horse battery'
const EMPTY = { template: '<p />' }
let router: Router
let view: VueWrapper
let sent: { path: string; body: unknown }[]
const field = (name: string) => view.get<HTMLInputElement>(`input[name="${name}"]`)

async function door(path: string, init: RequestInit): Promise<Response> {
  sent.push({ path, body: JSON.parse(String(init.body ?? '{}')) })
  await Promise.resolve()
  const { password } = JSON.parse(String(init.body ?? '{}')) as { password?: string }
  if (path.endsWith('/login') && password === PASSWORD) return Response.json(tokens('first'))
  if (path.endsWith('/ws-ticket')) return Response.json({ title: 'Later' }, { status: 503 })
  return Response.json({ title: 'There is no account with this email and password.' }, { status: 401 })
}

beforeEach(async () => {
  sent = []
  vi.stubGlobal('fetch', door)
  const routes = ['/', '/login', '/register', '/settings'].map((path) => ({ path, component: EMPTY }))
  router = createRouter({ history: createMemoryHistory(), routes })
  await router.push('/login?next=/settings')
  view = mount(LoginView, { global: { plugins: [createPinia(), router] }, attachTo: document.body })
})

afterEach(() => {
  socket.end()
  view.unmount()
})

async function signIn(email: string, password: string): Promise<void> {
  await field('email').setValue(email)
  await field('password').setValue(password)
  await view.get('form').trigger('submit')
  await flushPromises()
}

it('says at each field what is missing, asks nobody, and goes to the first', async () => {
  await signIn('', '')

  expect(view.text()).toContain('Enter your email address.')
  expect(view.text()).toContain('Enter your password.')
  expect(document.activeElement).toBe(field('email').element)
  expect(field('email').attributes('aria-describedby')).toBe(view.get('p.text-danger').attributes('id'))
  expect(sent.filter((call) => call.path.endsWith('/login'))).toEqual([])
})

it('tells what the server refused in a live region, until something is changed', async () => {
  await signIn('ada@example.org', 'wrong')
  expect(view.get('[role=alert]').text()).toBe('There is no account with this email and password.')

  await field('password').setValue('another')

  expect(view.get('[role=alert]').text()).toBe('')
})

it('signs in by cookie and goes where the person wanted to go', async () => {
  await signIn(' ada@example.org ', PASSWORD)

  const login = sent.find((call) => call.path.endsWith('/login'))
  expect(login?.body).toEqual({ email: 'ada@example.org', password: PASSWORD, cookie: true })
  await vi.waitFor(() => expect(router.currentRoute.value.path).toBe('/settings'))
})
