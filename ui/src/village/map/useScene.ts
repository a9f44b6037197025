/** The village of the chosen realm, live: loaded once, then taken on by what happens there. */
import { computed, onScopeDispose, ref, shallowRef, watch } from 'vue'
import { convergenceOf as fetchConvergence, listConvergence, listKnowledge, realmDetail } from '../api'
import { useVillage } from '../store'
import { begin, dressed, looksBook } from './cast'
import { convergenceOf, happeningOf, type Happening } from './happenings'
import { EMPTY, happen, type Scene } from './scene'
import { digest, sentence } from './sentences'
import { announce } from '@/announce'
import { api, errorText } from '@/api'
import { compareSeq } from '@/channels'
import { useMedia } from '@/shell/media'
import { useAgents } from '@/stores/agents'
import { useAuth } from '@/stores/auth'
import type { RealmDetail, VillageEvent, VillageMap } from '@/wire'

const WORDS = 100
const AGREEMENTS = 20
/** How often happenings are told to screen readers. */
const TELLING = 5_000

export function useScene() {
  const village = useVillage()
  const agents = useAgents()
  const auth = useAuth()
  const still = useMedia('(prefers-reduced-motion: reduce)')
  const scene = shallowRef<Scene>(EMPTY)
  const detail = shallowRef<RealmDetail | null>(null)
  const failure = ref<string | null>(null)
  const realmId = computed(() => village.realm?.id ?? null)
  const waiting: VillageEvent[] = []
  const untold: string[] = []
  let telling: ReturnType<typeof setTimeout> | undefined
  let era = 0
  let loading = false

  const moment = () => ({ now: performance.now(), still: still.value || document.hidden })

  async function load(): Promise<void> {
    const id = realmId.value
    const mine = (era += 1)
    if (id === null) return
    loading = true
    try {
      const [map, known, said, found] = await Promise.all([
        api.get<VillageMap>('/village/map'),
        realmDetail(id),
        listKnowledge({ realm_id: id, limit: WORDS }),
        // The village stands without its agreements: they are told of when they come.
        listConvergence({ realm_id: id, limit: AGREEMENTS }).catch(() => ({ convergences: [] })),
        agents.load(),
      ])
      if (mine !== era) return
      const userId = auth.user?.id ?? ''
      const start = { zones: map.zones, detail: known, profiles: agents.profiles, userId }
      scene.value = begin({ ...start, said: said.hits, convergences: found.convergences }, moment())
      detail.value = known
      failure.value = null
      loading = false
      for (const event of waiting.splice(0)) if (compareSeq(event.seq, known.seq) > 0) hear(event)
    } catch (error) {
      if (mine !== era) return
      loading = false
      failure.value = errorText(error)
    }
  }

  function hear(event: VillageEvent): void {
    if (event.realm_id !== realmId.value) return
    if (loading || !detail.value) return void waiting.push(event)
    if (event.event === 'realm_changed') return void load()
    const convergence = convergenceOf(event)
    if (convergence !== null) return void hearAgreement(convergence)
    const happening = happeningOf(event)
    if (happening) take(happening)
  }

  async function hearAgreement(id: string): Promise<void> {
    const mine = era
    const convergence = await fetchConvergence(id).catch(() => null)
    if (convergence && mine === era) take({ kind: 'agreed', convergence })
  }

  function take(happening: Happening): void {
    const before = scene.value.figures.size
    let next = happen(scene.value, happening, moment())
    if (next.figures.size !== before && detail.value) next = dressed(next, looksBook(detail.value, agents.profiles, auth.user?.id ?? ''))
    scene.value = next
    tell(sentence(next, happening))
  }

  function tell(text: string | null): void {
    if (text === null) return
    untold.push(text)
    telling ??= setTimeout(() => {
      telling = undefined
      announce(digest(untold.splice(0)))
    }, TELLING)
  }

  watch(
    realmId,
    () => {
      waiting.length = 0
      detail.value = null
      scene.value = EMPTY
      void load()
    },
    { immediate: true },
  )
  onScopeDispose(village.on(hear, () => void load()))
  onScopeDispose(() => clearTimeout(telling))
  return { scene, detail, failure, load }
}
