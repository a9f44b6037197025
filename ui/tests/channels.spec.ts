import { expect, it, vi } from 'vitest'
import { agent, update } from '@/agents/samples'
import { Channels, compareSeq, type ChannelEvent } from '@/channels'
import { item, swarm, told } from '@/swarms/samples'
import { conversation, ME, token } from './samples'

function heard(channels: Channels, channel: string, after: string | null): string[] {
  const list: string[] = []
  channels.add(channel, after, (event) => list.push(event.type === 'token' ? event.content : event.type))
  return list
}

it('orders sequence numbers by number, not by letter', () => {
  const sorted = ['1700000000001-0', '1700000000000-10', '1700000000000-9', '999-1'].sort(compareSeq)

  expect(sorted).toEqual(['999-1', '1700000000000-9', '1700000000000-10', '1700000000001-0'])
})

it('hands on each event once, however often it is replayed', () => {
  const channels = new Channels()
  const list = heard(channels, 'conversation:c', '5-0')

  for (const seq of ['4-0', '5-0', '6-0', '7-0', '6-0', '7-0', '8-0']) channels.deliver(token(seq))

  expect(list).toEqual(['6-0', '7-0', '8-0'])
  expect(channels.after('conversation:c')).toBe('8-0')
})

it('begins again at the slowest follower, and gives the quicker one nothing twice', () => {
  const channels = new Channels()
  const quick = heard(channels, 'conversation:c', '5-0')
  const slow = heard(channels, 'conversation:c', '2-0')

  expect(channels.after('conversation:c')).toBe('2-0')
  for (const seq of ['3-0', '6-0']) channels.deliver(token(seq))

  expect(quick).toEqual(['6-0'])
  expect(slow).toEqual(['3-0', '6-0'])
})

it('goes on after a reload from its number', () => {
  const channels = new Channels()
  const list = heard(channels, 'conversation:c', '5-0')

  channels.deliver({ type: 'reload', channel: 'conversation:c', seq: '90-0' })
  for (const seq of ['80-0', '91-0']) channels.deliver(token(seq))

  expect(list).toEqual(['reload', '91-0'])
})

it('tells live followers to read anew each time the line is there', () => {
  const channels = new Channels()
  const live = heard(channels, `user:${ME}`, null)
  const exact = heard(channels, 'conversation:c', '1-0')

  channels.subscribed(`user:${ME}`)
  channels.subscribed('conversation:c')

  expect(live).toEqual(['reload'])
  expect(exact).toEqual([])
})

it('gives news of a conversation to its followers and to the person, without moving the mark', () => {
  const channels = new Channels()
  const own = heard(channels, 'conversation:c', '5-0')
  const other = heard(channels, 'conversation:d', '5-0')
  const person = heard(channels, `user:${ME}`, null)

  channels.deliver({ type: 'conversation_updated', seq: '99-0', conversation: conversation('c') })

  expect([own, other, person]).toEqual([['conversation_updated'], [], ['conversation_updated']])
  expect(channels.after('conversation:c')).toBe('5-0')
})

it('lets a follower leave while it is being told', () => {
  const channels = new Channels()
  const run = vi.fn<(event: ChannelEvent) => void>(() => leave())
  const leave = channels.add('conversation:c', '0-0', run)

  channels.deliver(token('1-0'))
  channels.deliver(token('2-0'))

  expect(run).toHaveBeenCalledOnce()
  expect(channels.has('conversation:c')).toBe(false)
})

it('gives what happens in a realm to who follows that realm, once', () => {
  const channels = new Channels()
  const exact = heard(channels, 'realm:r', '5-0')
  const live = heard(channels, 'realm:r', null)
  const others = [heard(channels, 'realm:s', null), heard(channels, `user:${ME}`, null)]
  const event = { type: 'village_event', event: 'realm_changed', realm_id: 'r', data: {} } as const

  channels.deliver({ ...event, seq: '5-0' })
  channels.deliver({ ...event, seq: '6-0' })

  expect([exact, live, ...others]).toEqual([['village_event'], ['village_event', 'village_event'], [], []])
  expect(channels.after('realm:r')).toBe('6-0')
})

it('gives news of agents to their own followers, to those of the top, and of top ones to the person', () => {
  const channels = new Channels()
  const names = ['agent:kid', 'agent:top', 'swarm:top', 'agent:other', `user:${ME}`]
  const lists = names.map((name) => heard(channels, name, null))
  const kid = agent('kid', { parent_id: 'top', root_id: 'top' })
  channels.deliver(update(kid))
  expect(lists.map((list) => list.length)).toEqual([1, 1, 1, 0, 0])

  channels.deliver(update(agent('top')))
  expect(lists.map((list) => list.length)).toEqual([1, 2, 2, 0, 1])
})

it('gives news of a swarm to its followers, and without its items to the person', () => {
  const channels = new Channels()
  const [own, other, person] = [heard(channels, 'swarm:s', null), heard(channels, 'swarm:t', null), heard(channels, `user:${ME}`, null)]
  channels.deliver(told(swarm('s'), item(1)))
  channels.deliver(told(swarm('s')))

  expect([own, other, person].map((list) => list.length)).toEqual([2, 0, 1])
})
