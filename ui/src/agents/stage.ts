/** Puts a page before a test, and finds in it what a person would press. */
import { flushPromises, mount, type VueWrapper } from '@vue/test-utils'
import { TooltipProvider } from 'reka-ui'
import { h, type Component } from 'vue'
import { createMemoryHistory, createRouter, type Router } from 'vue-router'

export async function show(component: Component, props: Record<string, unknown> = {}, path = '/'): Promise<{ view: VueWrapper; router: Router }> {
  const router = createRouter({ history: createMemoryHistory(), routes: [{ path: '/:rest(.*)*', component }] })
  await router.push(path)
  const view = mount(() => h(TooltipProvider, null, () => h(component, props)), { attachTo: document.body, global: { plugins: [router] } })
  await flushPromises()
  return { view, router }
}

export const dialog = () => document.querySelector<HTMLElement>('[role=dialog]')

/** The button, wherever it is, that reads so or is named so. */
export async function press(label: string): Promise<void> {
  const buttons = [...document.querySelectorAll<HTMLButtonElement>('button')]
  const found = buttons.find((button) => button.textContent?.trim() === label || button.ariaLabel === label)
  if (!found) throw new Error(`no button ${label}`)
  found.click()
  await flushPromises()
}

/** The field with this label. */
export function field(label: string): HTMLInputElement {
  const found = [...document.querySelectorAll('label')].find((one) => one.textContent?.trim() === label)
  const input = found && (document.getElementById(found.htmlFor) ?? found.querySelector('input, textarea, select'))
  if (!input) throw new Error(`no field ${label}`)
  return input as HTMLInputElement
}

export async function fill(label: string, text: string): Promise<void> {
  const input = field(label)
  input.value = text
  input.dispatchEvent(new Event(input.tagName === 'SELECT' ? 'change' : 'input'))
  await flushPromises()
}

/** Sends the form of the open dialog, or of the page. */
export async function send(): Promise<void> {
  const form = dialog()?.querySelector('form') ?? document.querySelector('form')
  form?.dispatchEvent(new Event('submit', { cancelable: true }))
  await flushPromises()
}
