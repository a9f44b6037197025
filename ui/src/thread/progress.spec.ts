import { expect, it } from 'vitest'

import type { ChannelEvent } from '@/channels'

import { message } from './fakes'
import { reduce } from './reduce'
import { BLANK } from './state'

const made = (part: object, at: number) => ({ seq: `${String(1000 + at)}-0`, conversation_id: 'c', turn_id: 't', message_id: 'a', ...part }) as ChannelEvent
const begun = [
  { type: 'message_added', message: message('u'), command_id: 'k' },
  { type: 'turn_started', user_message_id: 'u' },
  { type: 'step_started', parent_id: 'u', step: 0, model: 'm' },
  { type: 'tool_start', id: 'x', tool: 'execute_python', arguments: {} },
]
const run = (...more: object[]) => [...begun, ...more].map(made).reduce(reduce, BLANK)
const said = (text: string) => ({ type: 'tool_progress', id: 'x', text })

it('knows what a tool that runs says of it last, and keeps none of that', () => {
  expect(run(said('waits'), said('half done')).turn?.steps[0]?.progress).toEqual({ x: 'half done' })
  const end = { type: 'turn_ended', status: 'stopped', error: null, leaf_id: null, tokens_used: 0, cost_usd: 0 }
  expect(run(said('waits'), end).messages.at(-1)).not.toHaveProperty('progress')
})

it('goes on when it hears of something that this page does not know', () => {
  expect(run({ type: 'from_tomorrow' }, said('half done')).turn?.steps[0]?.progress).toEqual({ x: 'half done' })
})
