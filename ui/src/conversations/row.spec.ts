import { mount } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { expect, it } from 'vitest'
import ConversationRow from './ConversationRow.vue'
import { conversation } from '../../tests/samples'

function row(waiting: boolean, agent: string | null = null) {
  setActivePinia(createPinia())
  return mount(ConversationRow, {
    props: { conversation: conversation('Garden', { waiting, agent }), current: false, reachable: true, renaming: false },
    global: { stubs: { ConversationMenu: true, RouterLink: { template: '<a><slot /></a>' } } },
  })
}

it('says, and shows, that a conversation waits for an answer', () => {
  expect(row(true).text()).toBe('Garden, waits for your answer')
  expect(row(true).find('[data-waiting] svg').exists()).toBe(true)
})

it('says nothing of the others', () => {
  expect(row(false).text()).toBe('Garden')
  expect(row(false).find('[data-waiting]').exists()).toBe(false)
})

it('says, and shows, which agent speaks in it, unless that is the assistant', () => {
  expect(row(false, 'AZOTH').text().replace(/\s+/g, ' ')).toContain('Garden, with Azoth')
  expect(row(false, 'AZOTH').get('[data-sign]').attributes('aria-hidden')).toBe('true')
  expect(row(false, 'CLAUDE').find('[data-sign]').exists()).toBe(false)
})
