import { flushPromises, mount, type VueWrapper } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { commandOf, secretsOf, toolsText } from './mcp'
import McpSection from './McpSection.vue'
import type { McpServer } from '@/wire'

let servers: McpServer[]
let sent: { method: string; path: string; body: unknown }[]
let view: VueWrapper | null = null

function server(more: Partial<McpServer> = {}): McpServer {
  const tools = [{ name: 'mcp_post_look', title: 'look', description: 'Looks.', read_only: true }]
  const place = { url: 'https://example.com/mcp', command: null, folder: null, secrets: ['X-Key'] }
  const state = { enabled: true, tools, left_out: 0, checked_at: '2026-11-23T10:00:00Z', error: null, created_at: '2026-11-23T10:00:00Z' }
  return { id: 'one', name: 'post', transport: 'http', ...place, ...state, ...more }
}

beforeEach(() => {
  setActivePinia(createPinia())
  servers = [server()]
  sent = []
  vi.stubGlobal('fetch', (path: string, init: RequestInit) => {
    const url = new URL(path, 'http://here')
    const method = init.method ?? 'GET'
    if (method !== 'GET') sent.push({ method, path: url.pathname.replace('/api/v1', ''), body: init.body ? JSON.parse(String(init.body)) : null })
    if (method === 'GET') return Promise.resolve(Response.json({ servers }))
    if (method === 'DELETE') return Promise.resolve(new Response(null, { status: 204 }))
    return Promise.resolve(Response.json(server({ id: method === 'POST' ? 'two' : 'one', name: 'new' })))
  })
})

afterEach(() => {
  view?.unmount()
  view = null
})

async function shown(): Promise<VueWrapper> {
  view = mount(McpSection, { attachTo: document.body })
  await flushPromises()
  return view
}

function button(name: string): HTMLButtonElement {
  const found = [...document.querySelectorAll('button')].find((each) => (each.getAttribute('aria-label') ?? each.textContent).trim() === name)
  if (!found) throw new Error(`there is no button ${name}`)
  return found
}

it('splits a command line into its words', () => {
  expect(commandOf('python "my server.py" --flag \'a b\'')).toEqual(['python', 'my server.py', '--flag', 'a b'])
  expect(commandOf('  ')).toEqual([])
})

it('reads secrets line by line, and knows what is none', () => {
  expect(secretsOf('Authorization: Bearer a=b\nKEY=1\n\n')).toEqual({ Authorization: 'Bearer a=b', KEY: '1' })
  expect(secretsOf('just words')).toBeNull()
})

it('says how many tools there are, and how many are left out', () => {
  expect(toolsText(server())).toBe('1 tool')
  expect(toolsText(server({ tools: [], left_out: 2 }))).toBe('0 tools, 2 that no model can be given')
})

it('lists servers with their tools, and says what is wrong with one', async () => {
  servers = [server(), server({ id: 'two', name: 'dead', error: 'example.com does not answer on port 443.' })]
  const text = (await shown()).text()
  expect(text).toContain('post')
  expect(text).toContain('mcp_post_look')
  expect(text).toContain('does not answer on port 443')
})

it('adds a server with its secrets', async () => {
  servers = []
  const section = await shown()
  button('Add a server').click()
  await flushPromises()
  await section.get('input[name="name"]').setValue('new')
  await section.get('input[name="url"]').setValue('https://example.com/mcp')
  await section.get('textarea').setValue('X-Key: secret')
  await section.get('form').trigger('submit')
  await flushPromises()
  const body = { name: 'new', transport: 'http', url: 'https://example.com/mcp', secrets: { 'X-Key': 'secret' } }
  expect(sent).toEqual([{ method: 'POST', path: '/mcp/servers', body }])
  expect(section.text()).toContain('new')
  expect(section.find('form').exists()).toBe(false)
})

it('switches a server off, and removes it only when asked twice', async () => {
  const section = await shown()
  button('Switch post off').click()
  await flushPromises()
  expect(sent.at(-1)).toEqual({ method: 'PATCH', path: '/mcp/servers/one', body: { enabled: false } })
  button('Remove new').click()
  await flushPromises()
  expect(sent).toHaveLength(1)
  button('Remove it for good').click()
  await flushPromises()
  expect(sent.at(-1)).toEqual({ method: 'DELETE', path: '/mcp/servers/one', body: null })
  expect(section.text()).not.toContain('mcp_post_look')
})
