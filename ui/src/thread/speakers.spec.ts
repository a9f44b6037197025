import { flushPromises, mount } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { expect, it } from 'vitest'

import AgentPicker from '@/composer/AgentPicker.vue'
import { useAgents } from '@/stores/agents'
import { profile } from '@/village/map/samples'

import { detail, FakeServer, message } from './fakes'
import { hearSpeaker, speakerOf } from './speakers'
import { Thread } from './thread'

it('knows who spoke where it heard it, and the last answer by its conversation', () => {
  hearSpeaker('t1', 'AZOTH')
  expect(speakerOf('t1', false, 'VAJRA')).toBe('AZOTH')
  expect(speakerOf('t2', true, 'VAJRA')).toBe('VAJRA')
  expect(speakerOf('t2', false, 'VAJRA')).toBeUndefined()
  expect(speakerOf('t2', false, 'VAJRA', 'KETHER')).toBe('KETHER')
})

it('believes what was asked for more than what it concludes', () => {
  hearSpeaker('t3', 'AZOTH', true)
  hearSpeaker('t3', null)
  expect(speakerOf('t3', true, null)).toBe('AZOTH')
})

it('sends the agent that was chosen, and none where none was', async () => {
  const server = new FakeServer()
  const thread = new Thread(server)
  server.snapshot = detail([message('u')])
  await thread.open('c')
  await thread.send({ message: 'hi', attachments: [], agent: 'AZOTH' })
  await thread.send({ message: 'hi', attachments: [] })

  expect(server.commands.map((command) => Reflect.get(command, 'agent'))).toEqual(['AZOTH', undefined])
  thread.leave()
})

it('names the agent at the picker, and offers the others with what they are good at', async () => {
  setActivePinia(createPinia())
  useAgents().profiles = [profile('CLAUDE', { display_name: 'Assistant' }), profile('VAJRA', { specialization: 'Clarity' })]
  const picker = mount(AgentPicker, { props: { agent: 'CLAUDE' }, attachTo: document.body })
  expect(picker.get('button').attributes('aria-label')).toBe('Agent: Assistant')

  await picker.get('button').trigger('keydown', { key: 'Enter' })
  await flushPromises()
  const items = [...document.querySelectorAll('[role=menuitemradio]')]
  expect(items.map((one) => one.getAttribute('aria-checked'))).toEqual(['true', 'false'])
  expect(items[1]?.textContent).toContain('Clarity')
  items[1]?.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }))
  await flushPromises()
  expect(picker.emitted('choose')).toEqual([['VAJRA']])
  picker.unmount()
})
