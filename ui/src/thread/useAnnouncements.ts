/** Tells screen readers that an answer has begun and how it ended: never each token. */
import { watch } from 'vue'

import { announce } from '@/announce'
import { useToasts } from '@/stores/toasts'

import type { ThreadContext } from './context'
import { interruptionText } from './interruption'

const READ_ALOUD = 400

export function useAnnouncements({ thread, live, ended, approvals }: ThreadContext): void {
  watch(
    () => live.value?.id ?? null,
    (now, before) => {
      if (now && now !== before) announce('ApexAurum is answering')
      else if (before) announce(ended.value ? endText(ended.value.status, ended.value.error?.title) : `Answer complete. ${lastWords()}`)
    },
  )
  watch(
    () => live.value?.status,
    (status, before) => {
      if (status === 'recovering') announce(interruptionText(live.value?.interruption))
      else if (status === 'running' && before === 'recovering') announce('The answer goes on')
    },
  )
  watch(
    () => approvals.value.length,
    (now, before) => {
      if (now > before) announce(`${approvals.value.at(-1)?.tool ?? 'A tool'} waits for your approval`)
    },
  )
  watch(thread.failure, (failure) => {
    if (failure && thread.phase.value === 'open') useToasts().show({ text: failure, tone: 'danger' })
  })

  function lastWords(): string {
    const text = thread.state.value.messages.at(-1)?.content ?? ''
    return text.length > READ_ALOUD ? `${text.slice(0, READ_ALOUD)}…` : text
  }
}

function endText(status: 'stopped' | 'failed', title: string | undefined): string {
  return status === 'stopped' ? 'Answer stopped' : `The answer failed. ${title ?? ''}`
}
