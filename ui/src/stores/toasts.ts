/** Short notes at the edge of the screen, with at most one thing to do about each. */
import { defineStore } from 'pinia'
import { ref } from 'vue'
import { announce } from '@/announce'
import { errorText } from '@/api'

export interface Toast {
  id: number
  text: string
  tone: 'plain' | 'danger'
  action: { label: string; run: () => unknown } | null
}

export interface ToastWish {
  text: string
  tone?: Toast['tone']
  action?: Toast['action']
  seconds?: number
}

const MOST = 4
let count = 0

export const useToasts = defineStore('toasts', () => {
  const toasts = ref<Toast[]>([])
  const timers = new Map<number, { timer: ReturnType<typeof setTimeout>; seconds: number }>()

  function show({ text, tone = 'plain', action = null, seconds = action ? 8 : 5 }: ToastWish): number {
    const id = ++count
    toasts.value = [...toasts.value, { id, text, tone, action }].slice(-MOST)
    wait(id, seconds)
    announce(action ? `${text}. ${action.label} is offered.` : text)
    return id
  }

  function dismiss(id: number): void {
    clearTimeout(timers.get(id)?.timer)
    timers.delete(id)
    toasts.value = toasts.value.filter((toast) => toast.id !== id)
  }

  /** Nobody should have to race a clock while reading or reaching for the button. */
  function hold(): void {
    timers.forEach(({ timer }) => clearTimeout(timer))
  }

  function release(): void {
    for (const [id, { seconds }] of [...timers]) wait(id, seconds)
  }

  function wait(id: number, seconds: number): void {
    clearTimeout(timers.get(id)?.timer)
    timers.set(id, { seconds, timer: setTimeout(() => dismiss(id), seconds * 1000) })
  }

  function fail(error: unknown): void {
    show({ text: errorText(error), tone: 'danger', seconds: 8 })
  }

  return { toasts, show, fail, dismiss, hold, release }
})
