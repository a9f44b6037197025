/** Cancels, pauses and so on; says what came of it. */
import { shallowRef } from 'vue'

import { announce } from '@/announce'
import { useToasts } from '@/stores/toasts'
import type { Agent } from '@/wire'

import { tellAgent, type Deed } from './api'
import { DEEDS } from './status'

export function useDeeds() {
  const busy = shallowRef<Deed | null>(null)

  /** The agent as it is now, or the new one after a retry; undefined when it did not go, or nothing was answered. */
  async function act(agent: Pick<Agent, 'id' | 'agent_type'>, deed: Deed): Promise<Agent | undefined> {
    if (busy.value) return undefined
    busy.value = deed
    try {
      const answer = await tellAgent(agent.id, deed)
      announce(`The ${agent.agent_type} ${DEEDS[deed].done}`)
      return answer && 'id' in answer ? answer : undefined
    } catch (error) {
      useToasts().fail(error)
      return undefined
    } finally {
      busy.value = null
    }
  }

  return { busy, act }
}
