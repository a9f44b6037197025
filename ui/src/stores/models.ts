/** The models that can be talked with. Asked once for the life of the page. */
import { defineStore } from 'pinia'
import { ref } from 'vue'
import { api } from '@/api'
import type { Model, Models } from '@/wire'

export const useModels = defineStore('models', () => {
  const models = ref<Model[]>([])
  const defaultId = ref<string | null>(null)
  let loading: Promise<void> | null = null

  function load(): Promise<void> {
    loading ??= api
      .get<Models>('/models')
      .then((answer) => {
        models.value = answer.models
        defaultId.value = answer.default
      })
      .catch((error: unknown) => {
        loading = null
        throw error
      })
    return loading
  }

  function find(id: string | null | undefined): Model | null {
    return models.value.find((model) => model.id === id) ?? null
  }

  return { models, defaultId, load, find }
})
