/** The kinds of agents, and what else one chooses for an agent: models, tool presets, agents of the village. */
import { computed, ref, shallowRef } from 'vue'

import { api, errorText } from '@/api'
import { useAgents } from '@/stores/agents'
import { useModels } from '@/stores/models'
import type { AgentType, ToolPreset, ToolPresets } from '@/wire'

import type { Bounds } from './allowance'
import { listTypes } from './api'

export interface Option {
  value: string
  text: string
}

export function useTypes() {
  const types = shallowRef<readonly AgentType[]>([])
  /** What may be used up when nobody says otherwise: by one agent, and by many. */
  const usual = shallowRef<Bounds>({})
  const usualOfMany = shallowRef<Bounds>({})
  const loaded = ref(false)
  const failure = ref<string | null>(null)

  async function load(): Promise<void> {
    try {
      const told = await listTypes()
      types.value = told.types
      usual.value = told.usual
      usualOfMany.value = told.usual_of_many
      failure.value = null
      loaded.value = true
    } catch (error) {
      failure.value = errorText(error)
    }
  }

  void load()
  return { types, usual, usualOfMany, loaded, failure, load }
}

/** The lists to choose from; `unset` is the word for leaving it to others. */
export function useChoices(unset: () => string) {
  const models = useModels()
  const agents = useAgents()
  const presets = shallowRef<readonly ToolPreset[]>([])
  // Without these lists the choice stays with the kind of agent: nothing is lost.
  api
    .get<ToolPresets>('/tools/presets')
    .then((told) => (presets.value = told.presets))
    .catch(() => undefined)
  models.load().catch(() => undefined)
  agents.load().catch(() => undefined)

  const none = computed<Option>(() => ({ value: '', text: unset() }))
  const modelOptions = computed<Option[]>(() => [none.value, ...models.models.map(({ id, name }) => ({ value: id, text: name }))])
  const toolOptions = computed<Option[]>(() => {
    const listed = presets.value.map(({ name, title, tools }) => ({ value: name, text: `${title} (${tools.length} tools)` }))
    return [none.value, { value: 'none', text: 'No tools' }, ...listed]
  })
  const agentOptions = computed<Option[]>(() => {
    return [{ value: '', text: 'Nobody of the village' }, ...agents.profiles.map(({ agent, display_name }) => ({ value: agent, text: display_name || agent }))]
  })
  return { modelOptions, toolOptions, agentOptions }
}
