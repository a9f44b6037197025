/** Pauses, cancels, tries again, exports; says what came of it. */
import { ref } from 'vue'

import { counted } from '@/agents/words'
import { announce } from '@/announce'
import { useToasts } from '@/stores/toasts'
import type { Swarm } from '@/wire'

import { resultsOf, retryItems, tellSwarm, type SwarmDeed } from './api'
import { fileName, saveAs } from './save'
import { DEEDS } from './words'

export type Work = SwarmDeed | 'retry' | 'export'

/** `told` takes what a deed was answered with, `reload` reads the items too. */
export function useSwarmDeeds(swarm: () => Swarm | null, told: (swarm: Swarm) => void, reload: () => unknown) {
  const busy = ref<Work | null>(null)

  async function run(work: Work, deed: (id: string) => Promise<string>): Promise<void> {
    const id = swarm()?.id
    if (!id || busy.value) return
    busy.value = work
    try {
      announce(await deed(id))
    } catch (error) {
      useToasts().fail(error)
    } finally {
      busy.value = null
    }
  }

  const act = (deed: SwarmDeed) =>
    run(deed, async (id) => {
      told(await tellSwarm(id, deed))
      return DEEDS[deed].done
    })

  const retry = (items: readonly number[] | null) =>
    run('retry', async (id) => {
      told(await retryItems(id, items))
      reload()
      return items ? `${counted(items.length, 'item')} tried again` : 'All are tried again'
    })

  const save = () =>
    run('export', async (id) => {
      saveAs(await resultsOf(id), fileName(swarm()?.name ?? '', 'jsonl'))
      return 'The results are saved'
    })

  return { busy, act, retry, save }
}
