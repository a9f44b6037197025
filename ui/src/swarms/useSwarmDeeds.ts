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

/** `after` reads anew what a deed changed. */
export function useSwarmDeeds(swarm: () => Swarm | null, after: () => unknown) {
  const busy = ref<Work | null>(null)

  async function run(work: Work, deed: (id: string) => Promise<string>): Promise<void> {
    const id = swarm()?.id
    if (!id || busy.value) return
    busy.value = work
    try {
      announce(await deed(id))
      after()
    } catch (error) {
      useToasts().fail(error)
    } finally {
      busy.value = null
    }
  }

  const act = (deed: SwarmDeed) => run(deed, async (id) => (await tellSwarm(id, deed), DEEDS[deed].done))

  const retry = (items: readonly number[] | null) =>
    run('retry', async (id) => {
      await retryItems(id, items)
      return items ? `${counted(items.length, 'item')} tried again` : 'All are tried again'
    })

  const save = () =>
    run('export', async (id) => {
      saveAs(await resultsOf(id), fileName(swarm()?.name ?? '', 'jsonl'))
      return 'The results are saved'
    })

  return { busy, act, retry, save }
}
