/** The agents that a person can talk with. Asked once for the life of the page, and again when one was summoned. */
import { defineStore } from 'pinia'
import { shallowRef } from 'vue'
import { ASSISTANT, looksOf, profileLooks, type Looks } from '@/village/map/looks'
import { listAgents } from '@/village/api'
import type { AgentProfile } from '@/wire'

export const useAgents = defineStore('agents', () => {
  const profiles = shallowRef<readonly AgentProfile[]>([])
  /** Who is to answer in the conversation that is begun next. */
  const wished = shallowRef<string | null>(null)
  let loading: Promise<void> | null = null

  function load(anew = false): Promise<void> {
    if (anew) loading = null
    loading ??= listAgents()
      .then((answer) => void (profiles.value = answer.agents))
      .catch((error: unknown) => {
        loading = null
        throw error
      })
    return loading
  }

  /** How an agent looks, known or not; null is the assistant. */
  function looks(agent: string | null): Looks {
    const name = agent ?? ASSISTANT
    const profile = profiles.value.find((one) => one.agent === name)
    return profile ? profileLooks(profile) : looksOf({ userId: '', agent: name })
  }

  return { profiles, wished, load, looks }
})
