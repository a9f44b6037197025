import { flushPromises, type VueWrapper } from '@vue/test-utils'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { h, type Component } from 'vue'

import { announcement } from '@/announce'
import { Channels } from '@/channels'
import { choose, dialog, press, send, show } from '@/village/stage'

import CouncilPage from './CouncilPage.vue'
import CouncilsView from './CouncilsView.vue'
import { FakeCouncils } from './fakes'
import NewCouncilView from './NewCouncilView.vue'
import { answer, closed, council, MEMBERS, outcome, tally, update } from './samples'
import SharedView from './SharedView.vue'
import { PAUSE } from './useCouncil'

const drawn: unknown[] = []
vi.mock('@/charts/echarts', () => ({
  init: () => ({ setOption: (option: unknown) => drawn.push(option), resize: () => undefined, dispose: () => undefined }),
}))

let server: FakeCouncils
let view: VueWrapper | null = null

beforeEach(() => {
  server = new FakeCouncils()
  drawn.length = 0
})

afterEach(() => {
  view?.unmount()
  view = null
  vi.useRealTimers()
  vi.restoreAllMocks()
})

const page = (component: Component, props: Record<string, unknown> = {}) => ({ render: () => h(component, props) })

async function open(component: Component = CouncilPage, props: Record<string, unknown> = { id: 'c1' }): Promise<VueWrapper> {
  ;({ view } = await show(page(component, props)))
  return view
}

const cells = (shown: VueWrapper, round: number) => shown.findAll(`[data-cell]`).filter((_, at) => at % server.council.rounds.length === round - 1)
const states = (shown: VueWrapper, round: number) => cells(shown, round).map((cell) => cell.attributes('data-cell'))

/** The page thinks that it is wide. */
function widen(): void {
  vi.spyOn(window, 'matchMedia').mockImplementation((query) =>
    Object.assign(new EventTarget(), { matches: query.includes('min-width'), media: query, onchange: null }) as unknown as MediaQueryList,
  )
}

it('shows a row for each seat and a column for each round, and seals what is not to be seen yet', async () => {
  widen()
  const shown = await open()
  expect(shown.findAll('tbody th[scope=row]').slice(0, 4).map((head) => head.get('.font-medium').text())).toEqual(['Azoth', 'Elysian', 'Vajra', 'Kether'])
  expect(states(shown, 1)).toEqual(['open', 'open', 'open', 'open'])
  expect(states(shown, 2)).toEqual(['sealed', 'sealed', 'thinking', 'awaited'])
  expect(shown.text()).toContain('2 of 4 have committed. Votes are shown when all have.')
  expect(shown.get('[data-baseline]').text()).toContain('Yes')
})

it('turns the votes over when the round is closed, and says what they are', async () => {
  widen()
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const shown = await open()
  const votes = [1, 2, 3].map((n) => answer(2, n)).concat(answer(2, 4, { vote: 'No' }))
  server.council = council({
    rounds: [closed(1, [tally('Yes', 1, 2, 3), tally('No', 4)]), closed(2, [tally('Yes', 1, 2, 3), tally('No', 4)])],
    answers: [...council().answers.filter(({ round }) => round === 1), ...votes],
  })
  server.tell('council:c1', update('round_closed'))
  await vi.advanceTimersByTimeAsync(PAUSE)
  await flushPromises()
  expect(states(shown, 2)).toEqual(['open', 'open', 'open', 'open'])
  expect(cells(shown, 2).map((cell) => cell.classes('turned'))).toEqual([true, true, false, false])
  expect(cells(shown, 1).some((cell) => cell.classes('turned'))).toBe(false)
  expect(announcement.value).toBe('Round 2: Yes 3, No 1')
})

it('reads the council once for many things that happen together, and never waits for an end of them', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  await open()
  expect(server.channels).toEqual(['council:c1'])
  for (let n = 1; n <= 8; n++) {
    server.tell('council:c1', update('answer_committed', { member: 1 }))
    await vi.advanceTimersByTimeAsync(PAUSE / 4)
  }
  expect(server.count('GET /councils/c1')).toBe(1 + 2)
  server.tell('council:c1', { type: 'reload', channel: 'council:c1', seq: '' })
  await vi.advanceTimersByTimeAsync(PAUSE)
  expect(server.count('GET /councils/c1')).toBe(1 + 3)
})

it('follows no more once one has left', async () => {
  const shown = await open()
  shown.unmount()
  view = null
  expect(server.channels).toEqual([])
})

it('pauses, resumes, holds one round, and stops only when one is sure', async () => {
  for (const deed of ['pause', 'resume', 'round', 'cancel']) server.answers[`POST /councils/c1/${deed}`] = () => server.council
  await open()
  server.council = council({ paused: true })
  await press('Pause')
  await press('One round')
  await press('Resume')
  await press('Stop')
  expect(server.asked.filter((one) => one.includes('cancel'))).toEqual([])
  await press('Stop it')
  expect(server.asked.filter((one) => one.startsWith('POST'))).toEqual(['pause', 'round', 'resume', 'cancel'].map((deed) => `POST /councils/c1/${deed}`))
})

it('says one’s word, and shows which words still wait', async () => {
  server.council = council({ remarks: [{ id: 'r', content: 'Think of the owls', round: null, created_at: '2026-11-23T09:00:00Z' }] })
  server.answers['POST /councils/c1/remarks'] = () => server.council
  const shown = await open()
  expect(shown.get('ol li').text()).toContain('Waits for the next round')
  await shown.get('textarea').setValue(' And of the mice ')
  await shown.get('form').trigger('submit')
  await flushPromises()
  expect(server.asked).toContain('POST /councils/c1/remarks {"content":"And of the mice"}')
  expect((shown.get('textarea').element as HTMLTextAreaElement).value).toBe('')
})

it('shows what they came to beside what they would have said without debate, the minority, and every cost', async () => {
  server.council = council({ status: 'completed', reason: 'stability', outcome: outcome() })
  const shown = await open()
  const text = shown.text()
  expect(text).toContain('Nobody changed their mind any more.')
  expect(shown.get('[data-baseline]').text()).toMatch(/No.*for \$0\.04.*changed the answer.*on top\.$/s)
  expect(shown.get('[aria-labelledby=minority]').text()).toContain('It floats')
  const costs = shown.findAll('[aria-labelledby=costs] tr').map((row) => row.text().replace(/\s+/g, ' '))
  expect(costs.slice(1, 5)).toEqual(['Azoth10$0.01', 'Elysian20$0.02', 'Vajra30$0.03', 'Kether40$0.04'])
  expect(costs.slice(5)).toEqual(['First answers$0.04', 'Debate$0.06', 'In all$0.10'])
  expect(shown.findAll('button').map((button) => button.text())).not.toContain('Pause')
})

it('draws agreement once for a round, however often the council is read', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const shown = await open()
  await vi.dynamicImportSettled()
  await flushPromises()
  expect(drawn).toHaveLength(1)
  server.tell('council:c1', update('answer_committed'))
  await vi.advanceTimersByTimeAsync(PAUSE)
  await flushPromises()
  expect(drawn).toHaveLength(1)
  expect(shown.get('[aria-labelledby=agreement] details').text()).toContain('1Yes 3, No 1075%')
})

it('lets a person look at one answer whole, and keeps it up to date', async () => {
  const first = answer(1, 1, { position: 'It is', arguments: ['Nineteen to one'], reviews: [{ member: 4, agrees: false, comment: 'Weak' }] })
  server.council = council({ rounds: [closed(1, [tally('Yes', 1)])], answers: [first] })
  const shown = await open()
  await shown.get('[data-cell=open]').trigger('click')
  await flushPromises()
  expect(dialog()?.textContent).toMatch(/Azoth, round 1.*It is.*Nineteen to one.*Disagrees with Kether\..*Weak/s)
})

it('asks another to the table, and lets one go', async () => {
  server.answers['POST /councils/c1/members'] = () => server.council
  server.answers['DELETE /councils/c1/members/2'] = () => server.council
  await open()
  await press('Members')
  await press('Remove Elysian')
  document.querySelector<HTMLElement>('[role=dialog] button[aria-haspopup=menu]')?.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter' }))
  await flushPromises()
  await choose('Somebody new')
  const field = dialog()?.querySelector('input')
  if (!field) throw new Error('no field for the name')
  field.value = 'Doubter'
  field.dispatchEvent(new Event('input'))
  await flushPromises()
  await send()
  expect(server.asked).toContain('DELETE /councils/c1/members/2')
  expect(server.asked).toContain('POST /councils/c1/members {"name":"Doubter"}')
})

it('makes a link, shows it once, and ends all of them', async () => {
  server.answers['POST /councils/c1/share'] = () => ({ token: 't', path: '/shared/councils/t', expires_at: '2026-12-23T09:00:00Z' })
  server.answers['DELETE /councils/c1/share'] = () => new Response(null, { status: 204 })
  await open()
  await press('Share')
  await send()
  expect(server.asked).toContain('POST /councils/c1/share {"days":30}')
  expect(dialog()?.querySelector('[data-link]')?.textContent).toBe(`${location.origin}/shared/councils/t`)
  await press('End all links')
  expect(dialog()?.querySelector('[data-link]')).toBeNull()
})

it('shows anybody the shared council, without a token and without anything to press', async () => {
  server.answers['GET /shared/councils/tok'] = () => ({ council: council({ status: 'completed', outcome: outcome() }) })
  const shown = await open(SharedView, { token: 'tok' })
  expect(shown.text()).toContain('Is gold heavy?')
  expect(server.asked.every((one) => one.startsWith('GET /shared/'))).toBe(true)
  expect(shown.findAll('button').map((button) => button.text())).not.toContain('Share')
  expect(shown.find('textarea').exists()).toBe(false)
})

it('says that a link does not count', async () => {
  const shown = await open(SharedView, { token: 'gone' })
  expect(shown.get('[role=alert]').text()).toContain('This link does not count')
})

it('lists councils, and hears of those that are at work', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const shown = await open(CouncilsView, {})
  expect(shown.findAll('[aria-label=Councils] li').map((row) => row.get('.font-medium').text())).toEqual(['Question c1', 'Question c2'])
  expect(server.channels).toEqual(['council:c1'])
  server.tell('council:c1', update('ended'))
  await vi.advanceTimersByTimeAsync(500)
  expect(server.count('GET /councils')).toBe(2)
})

it('convenes a council, and says first what is missing', async () => {
  server.answers['POST /councils'] = () => server.council
  const shown = await open(NewCouncilView, {})
  await shown.get('form').trigger('submit')
  await flushPromises()
  expect(shown.text()).toContain('Say what they shall deliberate on.')
  expect(server.asked.some((one) => one.startsWith('POST'))).toBe(false)
  await shown.get('textarea').setValue('Is gold heavy?')
  const options = shown.findAll('fieldset input')
  await options[0]?.setValue('Yes')
  await options[1]?.setValue('No')
  await options[1]?.trigger('keydown', { key: 'Enter' })
  expect(shown.findAll('fieldset input')).toHaveLength(3)
  await press('Take Vajra off')
  await shown.get('form').trigger('submit')
  await flushPromises()
  const asked = server.asked.find((one) => one.startsWith('POST /councils '))
  expect(JSON.parse(asked?.slice('POST /councils '.length) ?? '{}')).toMatchObject({
    question: 'Is gold heavy?',
    options: ['Yes', 'No'],
    members: [{ agent: 'AZOTH' }, { agent: 'ELYSIAN' }, { agent: 'KETHER' }],
  })
  expect(MEMBERS).toHaveLength(4)
})

it('hears what is told on its own channel, and nothing of another council', () => {
  const channels = new Channels()
  const heard: string[] = []
  channels.add('council:c1', null, (event) => heard.push(`c1 ${event.type}`))
  channels.add('council:c2', null, (event) => heard.push(`c2 ${event.type}`))
  channels.deliver(update('round_began'))
  expect(heard).toEqual(['c1 council_update'])
})
