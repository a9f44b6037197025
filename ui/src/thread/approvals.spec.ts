import { flushPromises, mount, type VueWrapper } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { defineComponent, h } from 'vue'

import type { ChannelEvent } from '@/channels'
import type { Approval } from '@/wire'

import ApprovalCard from './ApprovalCard.vue'
import { exactly, untilText, withoutAsked } from './approvals'
import { provideThread } from './context'
import { approval, detail, FakeServer, message } from './fakes'
import { Thread } from './thread'

const call = (id: string) => ({ id: `call ${id}`, name: 'send', arguments: {} })
const result = (id: string) => ({ id: `call ${id}`, content: 'sent', is_error: false, seconds: 1 })
const seqs = (() => {
  let count = 0
  return () => `${String(1000 + (count += 1))}-0`
})()
type Wish<T> = T extends ChannelEvent ? Omit<T, 'seq' | 'conversation_id' | 'turn_id'> : never
const event = (wish: Wish<ChannelEvent>) => ({ seq: seqs(), conversation_id: 'c', turn_id: 't', ...wish }) as ChannelEvent
const requested = (one: Approval) => event({ type: 'approval_requested', approval: one })
const answeredBy = (one: Approval) => event({ type: 'approval_answered', approval: { ...one, status: 'approved' } })

describe('what is asked', () => {
  let server: FakeServer
  let thread: Thread
  const ids = () => thread.state.value.approvals.map(({ id }) => id)
  const settled = () => vi.advanceTimersByTimeAsync(300)

  beforeEach(async () => {
    vi.useFakeTimers()
    server = new FakeServer()
    thread = new Thread(server)
    const step = message('a', { role: 'assistant', parent_id: 'u', turn_id: 't', tool_calls: [call('1')] })
    const running = { id: 't', status: 'running' as const, user_message_id: 'u', message: null, error: null }
    server.snapshot = detail([message('u'), step], { turns: [running], approvals: [approval('1')], seq: '5-0' })
    await thread.open('c')
  })
  afterEach(() => {
    thread.leave()
    vi.useRealTimers()
  })

  it('is in the snapshot, so that a page that is loaded again shows it', () => {
    expect(ids()).toEqual(['1'])
  })

  it('is told by events, once, and goes with its answer on any device', async () => {
    server.emit(requested(approval('1')), requested(approval('2')))
    await settled()
    expect(ids()).toEqual(['1', '2'])
    server.emit(answeredBy(approval('1')))
    await settled()
    expect(ids()).toEqual(['2'])
  })

  it('goes when its call has a result, and with its turn', async () => {
    server.emit(requested(approval('2')))
    server.emit(event({ type: 'tool_complete', message_id: 'a', id: 'call 1', tool: 'send', result: result('1') }))
    await settled()
    expect(ids()).toEqual(['2'])
    server.emit(event({ type: 'turn_ended', status: 'stopped', error: null, leaf_id: 'a', tokens_used: 1, cost_usd: 0 }))
    await settled()
    expect(ids()).toEqual([])
  })

  it('goes at once when it is answered here', async () => {
    await thread.answer('1', { approve: false, always: true })
    expect(server.answers).toEqual([{ id: '1', approve: false, always: true }])
    expect(ids()).toEqual([])
  })

  it('is looked at again when the answer came too late', async () => {
    server.refusal = 'The answer comes too late.'
    server.snapshot = { ...server.snapshot, approvals: [] }
    await expect(thread.answer('1', { approve: true })).rejects.toThrow('too late')
    expect([ids(), server.loads]).toEqual([[], 2])
  })

  it('is not shown as a tool that runs', () => {
    const steps = [message('a', { tool_calls: [call('1'), call('2')] })]
    expect(withoutAsked(steps, [approval('1')])[0]?.tool_calls).toEqual([call('2')])
    expect(withoutAsked(steps, [])).toBe(steps)
  })
})

describe('the words of it', () => {
  it('spell out what would not be seen or turns the writing round', () => {
    expect(exactly({ to: 'a\u202eb\u200b', more: 'x\ny' })).toBe('{\n  "to": "a\\u{202e}b\\u{200b}",\n  "more": "x\\ny"\n}')
  })

  it('say until when it waits', () => {
    const one = approval('1', { expires_at: '2026-11-24T09:05:00' })
    expect(untilText(one, new Date('2026-11-24T01:00:00'))).toBe('until 09:05')
    expect(untilText(one, new Date('2026-11-23T09:06:00'))).toBe('until Tuesday, 09:05')
  })
})

describe('the card', () => {
  let sent: { path: string; body: unknown }[]
  let refuse: boolean
  let card: VueWrapper

  beforeEach(() => {
    setActivePinia(createPinia())
    sent = []
    refuse = false
    vi.stubGlobal('fetch', (path: string, init: RequestInit) => {
      if (init.method === 'POST') sent.push({ path, body: JSON.parse(String(init.body)) })
      const problem = { type: 'x', title: 'This question has its answer already.', status: 409 }
      const json = { headers: { 'content-type': 'application/problem+json' }, status: 409 }
      return Promise.resolve(refuse ? new Response(JSON.stringify(problem), json) : Response.json({ ...approval('1'), status: 'approved' }))
    })
    const Around = defineComponent(() => {
      provideThread(() => undefined)
      return () => h('article', { tabindex: -1 }, h(ApprovalCard, { approval: approval('1') }))
    })
    card = mount(Around, { attachTo: document.body })
  })
  afterEach(() => card.unmount())

  const press = async (name: string) => {
    await card.findAll('button').find((button) => button.text() === name)?.trigger('click')
    await flushPromises()
  }

  it('names the tool, shows the arguments and says why it asks', () => {
    const section = card.get('section')
    expect(card.get(`#${section.attributes('aria-labelledby')}`).text()).toBe('May send run?')
    expect(card.get(`#${section.attributes('aria-describedby')}`).text()).toContain('strangers')
    expect(card.get('pre').text()).toBe('{\n  "to": "mallory@example.com"\n}')
    expect(card.findAll('button').map((button) => button.text())).toEqual(['Approve', 'Deny'])
  })

  it('sends the answer, and the message keeps the focus', async () => {
    await press('Approve')
    expect(sent).toEqual([{ path: '/api/v1/approvals/1', body: { approve: true, always: false } }])
    expect(document.activeElement?.tagName).toBe('ARTICLE')
  })

  it('can make the answer the rule', async () => {
    await card.get('input[type=checkbox]').setValue(true)
    await press('Deny')
    expect(sent).toEqual([{ path: '/api/v1/approvals/1', body: { approve: false, always: true } }])
  })

  it('can be pressed again when the answer was refused', async () => {
    refuse = true
    await press('Approve')
    expect(card.findAll('button[aria-busy=true], button[disabled]')).toHaveLength(0)
    await press('Deny')
    expect(sent).toHaveLength(2)
  })
})
