import { flushPromises, type VueWrapper } from '@vue/test-utils'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'

import { announcement } from '@/announce'

import AgentPage from './AgentPage.vue'
import AgentsView from './AgentsView.vue'
import { FakeServer, ME } from './fakes'
import { agent, agentType, agentView, FAILED, update } from './samples'
import { dialog, field, fill, press, send, show } from './stage'
import TypesView from './TypesView.vue'
import { PERIOD } from './useAgentView'
import { QUIET } from './useNews'

let server: FakeServer
let view: VueWrapper | null = null

beforeEach(() => {
  vi.useFakeTimers()
  server = new FakeServer()
})
afterEach(() => {
  view?.unmount()
  view = null
  document.body.innerHTML = ''
  vi.useRealTimers()
})

async function look(component: Parameters<typeof show>[0], props: Record<string, unknown> = {}, path = '/') {
  const shown = await show(component, props, path)
  view = shown.view
  return shown
}

const rows = () => [...document.querySelectorAll('[data-agent]')].map((row) => row.getAttribute('data-agent'))
const item = (id: string) => document.querySelector<HTMLElement>(`[role=treeitem][data-agent="${id}"]`) ?? expect.fail(`no ${id}`)
const press_key = async (on: HTMLElement, key: string) => {
  on.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }))
  await flushPromises()
}

it('lists agents, and takes in what is told of them', async () => {
  server.answers['GET /agents'] = () => ({ agents: [agent('b', { status: 'failed', error: FAILED }), agent('a')], next_cursor: null })
  await look(AgentsView)
  expect(rows()).toEqual(['b', 'a'])
  expect(document.body.textContent).toContain('It took too many steps.')

  server.tell(`user:${ME}`, update(agent('new')))
  server.tell(`user:${ME}`, update(agent('child', { parent_id: 'a' })))
  server.tell(`user:${ME}`, update(agent('of-a-swarm', { swarm_id: 's', root_id: 's' })))
  server.tell(`user:${ME}`, update(agent('a', { status: 'completed', steps: 4 })))
  await flushPromises()

  expect(rows()).toEqual(['new', 'b', 'a'])
  expect(document.querySelector('[data-agent=a]')?.getAttribute('aria-label')).toBe('Do a: Done')
})

it('narrows the list, and lets go of what no longer fits', async () => {
  server.answers['GET /agents'] = (_, query) => ({ agents: query.get('status') ? [agent('a')] : [agent('a'), agent('z', { status: 'completed' })], next_cursor: null })
  await look(AgentsView)
  await press('At work')
  expect(server.asked.at(-1)).toBe('GET /agents ?status=running')

  server.tell(`user:${ME}`, update(agent('a', { status: 'completed' })))
  await flushPromises()
  expect(rows()).toEqual([])
  expect(document.body.textContent).toContain('No agent is at this stage.')
})

it('says what is wrong when the list cannot be read, and tries again', async () => {
  server.answers['GET /agents'] = () => Response.json({ title: 'The database does not answer.' }, { status: 503 })
  await look(AgentsView)
  expect(document.querySelector('[role=alert]')?.textContent).toContain('The database does not answer.')

  server.answers['GET /agents'] = () => ({ agents: [agent('a')], next_cursor: null })
  await press('Try again')
  expect(rows()).toEqual(['a'])
})

it('sends an agent to work with what was chosen, and goes to it', async () => {
  server.answers['GET /agents'] = () => ({ agents: [], next_cursor: null })
  server.answers['GET /agents/types'] = () => ({
    ...{ types: [agentType('general'), agentType('poet', { built_in: false, budget: { usd: 3 } })] },
    ...{ usual: { usd: 1, seconds: 3600 }, usual_of_many: {} },
  })
  server.answers['POST /agents/spawn'] = () => agent('made')
  const { router } = await look(AgentsView)
  await press('New agent')
  await fill('Task', 'Write a haiku')
  await fill('Kind', 'poet')
  expect([field('Money, in dollars').placeholder, field('Time, in minutes').placeholder]).toEqual(['3', '60'])
  await fill('Money, in dollars', '1.5')
  await send()

  const sent = server.asked.find((one) => one.startsWith('POST /agents/spawn')) ?? ''
  expect(JSON.parse(sent.slice(sent.indexOf('{')))).toEqual({
    ...{ task: 'Write a haiku', agent_type: 'poet', model: null, tools: null, agent: null, budget: { usd: 1.5 } },
  })
  expect(router.currentRoute.value.path).toBe('/agents/made')
})

it('keeps what was written when an agent is refused', async () => {
  server.answers['GET /agents'] = () => ({ agents: [], next_cursor: null })
  server.answers['POST /agents/spawn'] = () => Response.json({ title: 'There is no such kind.' }, { status: 422 })
  await look(AgentsView)
  await press('New agent')
  await fill('Task', 'Write a haiku')
  await send()

  expect(dialog()?.querySelector('[role=alert]')?.textContent).toBe('There is no such kind.')
  expect(field('Task').value).toBe('Write a haiku')
})

it('does not send limits that are wrong', async () => {
  server.answers['GET /agents'] = () => ({ agents: [], next_cursor: null })
  await look(AgentsView)
  await press('New agent')
  await fill('Task', 'Write a haiku')
  await fill('Tokens', 'many')
  await send()

  expect(server.times('POST /agents/spawn')).toBe(0)
  expect(dialog()?.textContent).toContain('This is not a number')
})

const family = () =>
  agentView(agent('top'), [agent('kid', { parent_id: 'top', root_id: 'top' }), agent('grandkid', { parent_id: 'kid', root_id: 'top' })])

it('shows the tree, walks it by keys and shows the chosen one', async () => {
  server.answers['GET /agents/top'] = family
  server.answers['GET /agents/kid'] = () => agentView(agent('kid', { parent_id: 'top' }), [], { usd: 0.5, usd_spent: 0.4 })
  const { router } = await look(AgentPage, { id: 'top' })
  expect(server.channels).toContain('agent:top')
  expect([...document.querySelectorAll('[role=treeitem]')].map((one) => one.getAttribute('aria-level'))).toEqual(['1', '2', '3'])

  item('top').focus()
  await press_key(item('top'), 'ArrowDown')
  expect(document.activeElement).toBe(item('kid'))
  await press_key(item('kid'), 'ArrowLeft')
  expect(item('kid').getAttribute('aria-expanded')).toBe('false')
  await press_key(item('kid'), 'Enter')

  expect(router.currentRoute.value.query).toEqual({ at: 'kid' })
  expect(document.querySelector('[role=meter]')?.getAttribute('aria-valuetext')).toBe('$0.40 spent, $0.10 left of $0.50')
})

it('grows live, asks for the budget now and then, and speaks without a flood', async () => {
  server.answers['GET /agents/top'] = family
  await look(AgentPage, { id: 'top' })
  for (let n = 0; n < 40; n += 1) server.tell('agent:top', update(agent(`k${n}`, { parent_id: 'top', root_id: 'top', status: 'completed' })))
  server.tell('agent:top', update(agent('stranger', { parent_id: 'elsewhere', root_id: 'top' })))
  await flushPromises()
  expect(document.querySelectorAll('[role=treeitem]')).toHaveLength(43)

  server.answers['GET /agents/top'] = () => agentView(agent('top'), family().below, { usd_spent: 0.7 })
  await vi.advanceTimersByTimeAsync(PERIOD)
  expect(server.times('GET /agents/top')).toBe(2)
  expect(document.querySelectorAll('[role=treeitem]')).toHaveLength(43)
  expect(document.querySelector('[role=meter]')?.getAttribute('aria-valuetext')).toContain('$0.70 spent')

  await vi.advanceTimersByTimeAsync(QUIET)
  expect(announcement.value).toBe('40 of 42 agents below have ended')
  server.tell('agent:top', update(agent('top', { status: 'completed', result: '**Done.**' })))
  await flushPromises()
  expect(announcement.value).toBe('Done')
  expect(document.querySelector('[data-result] strong')?.textContent).toBe('Done.')
})

it('says why it failed and tries again as another one', async () => {
  server.answers['GET /agents/top'] = () => agentView(agent('top', { status: 'failed', error: FAILED }))
  server.answers['POST /agents/top/retry'] = () => agent('again', { retries: 'top', attempt: 2 })
  const { router } = await look(AgentPage, { id: 'top' })
  expect(document.querySelector('[data-trouble]')?.textContent).toContain('divide it')
  await press('Try again')

  expect(router.currentRoute.value.path).toBe('/agents/again')
})

it('pauses and cancels, and tells when that is refused', async () => {
  server.answers['GET /agents/top'] = family
  server.answers['POST /agents/top/pause'] = () => agent('top', { paused: true })
  await look(AgentPage, { id: 'top' })
  await press('Pause')
  expect(announcement.value).toBe('Paused')
  expect([...document.querySelectorAll('button')].some((one) => one.textContent?.trim() === 'Go on')).toBe(true)

  server.answers['POST /agents/top/cancel'] = () => Response.json({ title: 'It has ended.' }, { status: 409 })
  await press('Cancel')
  expect(announcement.value).toBe('It has ended.')
})

it('follows those below an agent that a swarm made', async () => {
  const part = { swarm_id: 's', root_id: 's' }
  const kid = agent('kid', { ...part, parent_id: 'a' })
  server.answers['GET /agents/a'] = () => agentView(agent('a', { ...part, place: 3 }), [kid, agent('over', { ...part, parent_id: 'a', status: 'failed' })])
  await look(AgentPage, { id: 'a' })
  expect(server.channels.sort()).toEqual(['agent:a', 'agent:kid'])
  expect(document.querySelector('a')?.getAttribute('href')).toBe('/swarms/s')

  server.tell('agent:kid', update({ ...kid, steps: 7 }))
  await flushPromises()
  expect(item('kid').textContent).toContain('7 steps')
  expect([...document.querySelectorAll('button')].some((one) => one.textContent?.trim() === 'Try again')).toBe(false)
})

it('says so when the agent is not there', async () => {
  await look(AgentPage, { id: 'gone' })
  expect(document.body.textContent).toContain('This agent is not here')
})

it('makes a kind of agent of another one, and brings back what was deleted', async () => {
  const poet = agentType('poet', { built_in: false, persona: 'Sings' })
  let types = [agentType('general', { persona: 'Plain' }), poet]
  server.answers['GET /agents/types'] = () => ({ types, usual: {}, usual_of_many: {} })
  server.answers['PUT /agents/types/my general'] = () => agentType('my general')
  server.answers['PUT /agents/types/my%20general'] = () => agentType('my general')
  await look(TypesView)
  await press('Make one like general')
  await send()
  expect(server.asked.some((one) => one.startsWith('PUT /agents/types/my%20general') && one.includes('"persona":"Plain"'))).toBe(true)

  types = types.slice(0, 1)
  await press('Delete poet')
  expect(server.asked).toContain('DELETE /agents/types/poet')
  expect(document.querySelectorAll('[data-type]')).toHaveLength(1)
})
