/** Puts a tab before a test, and finds in it what a person would press. */
import { flushPromises, mount, type VueWrapper } from '@vue/test-utils'
import { TooltipProvider } from 'reka-ui'
import { h, type Component } from 'vue'
import { createMemoryHistory, createRouter, type Router } from 'vue-router'

export async function show(component: Component, path = '/'): Promise<{ view: VueWrapper; router: Router }> {
  const router = createRouter({ history: createMemoryHistory(), routes: [{ path: '/:rest(.*)*', component }] })
  await router.push(path)
  const view = mount(() => h(TooltipProvider, null, () => h(component)), { attachTo: document.body, global: { plugins: [router] } })
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

/** A choice of an open menu. */
export async function choose(label: string): Promise<void> {
  const choices = [...document.querySelectorAll<HTMLElement>('[role=menuitem]')]
  choices.find((choice) => choice.textContent?.trim() === label)?.click()
  await flushPromises()
}

/** Writes into the open dialog's field and sends its form. */
export async function fillIn(text: string): Promise<void> {
  const field = dialog()?.querySelector<HTMLInputElement | HTMLTextAreaElement>('textarea, input:not([type=file])')
  if (field) field.value = text
  field?.dispatchEvent(new Event('input'))
  await flushPromises()
  await send()
}

export async function send(): Promise<void> {
  dialog()?.querySelector('form')?.dispatchEvent(new Event('submit'))
  await flushPromises()
}
