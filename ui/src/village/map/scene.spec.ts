import { expect, it } from 'vitest'
import { begin, type Beginning } from './cast'
import { spotAt, VIEW } from './ground'
import { happeningOf, keyOf } from './happenings'
import { agree, happen, isLively, LINGER, placeOf, type Figure, type Scene } from './scene'
import { convergence, detail, event, knowledge, listedKnowledge, ME, member, moved, presence, profile, realm, YOU, ZONES } from './samples'

const FOUNDERS = ['AZOTH', 'VAJRA', 'KETHER'].map((agent) => profile(agent))

function village(part: Partial<Beginning> = {}): Scene {
  return begin({ zones: ZONES, detail: detail(), profiles: FOUNDERS, said: [], convergences: [], userId: ME, ...part }, { now: 0 })
}

function figure(scene: Scene, agent: string | null, userId = ME): Figure {
  return scene.figures.get(keyOf({ userId, agent })) ?? expect.fail(`${String(agent)} is not there`)
}

function hear(scene: Scene, one: Parameters<typeof happeningOf>[0], now: number, still = false): Scene {
  const happening = happeningOf(one)
  return happening ? happen(scene, happening, { now, still }) : scene
}

it('has everybody on the square, each on a spot of their own', () => {
  const scene = village()

  expect([...scene.figures.values()].map(({ name, zone }) => [name, zone])).toEqual([
    ['Azoth', 'village_square'],
    ['Vajra', 'village_square'],
    ['Kether', 'village_square'],
  ])
  expect(new Set([...scene.figures.values()].map(({ spot }) => spot)).size).toBe(3)
})

it('walks to the zone of a tool, along the way and not at once', () => {
  const before = village()
  const home = placeOf(before, figure(before, 'AZOTH'), 0)
  const scene = hear(before, moved('11-0', 'AZOTH', 'library', 'kb_search'), 1000)
  const library = spotAt(ZONES.find(({ name }) => name === 'library') ?? expect.fail(), 0)

  expect(figure(scene, 'AZOTH')).toMatchObject({ zone: 'library', tool: 'kb_search' })
  expect(placeOf(scene, figure(scene, 'AZOTH'), 1000)).toEqual(home)
  const middle = placeOf(scene, figure(scene, 'AZOTH'), 2200)
  expect(Math.hypot(middle.x - home.x, middle.y - home.y)).toBeGreaterThan(20)
  expect(Math.hypot(middle.x - library.x, middle.y - library.y)).toBeGreaterThan(20)
  expect(placeOf(scene, figure(scene, 'AZOTH'), 9000)).toEqual(library)
})

it('stays a while where a quick tool was before it goes home', () => {
  let scene = hear(village(), moved('11-0', 'AZOTH', 'library', 'kb_search'), 0)
  scene = hear(scene, event('12-0', 'agent_idle', { user_id: ME, agent: 'AZOTH' }), 50)
  const arrived = figure(scene, 'AZOTH').walks[0]?.lasts ?? 0
  const library = spotAt(ZONES.find(({ name }) => name === 'library') ?? expect.fail(), 0)

  expect(figure(scene, 'AZOTH')).toMatchObject({ zone: 'village_square', tool: null })
  expect(placeOf(scene, figure(scene, 'AZOTH'), arrived + LINGER / 2)).toEqual(library)
  expect(isLively(scene, arrived + LINGER + 100)).toBe(true)
  expect(isLively(scene, arrived + LINGER + 5000)).toBe(false)
})

it('turns to the next tool from wherever it is', () => {
  let scene = hear(village(), moved('11-0', 'AZOTH', 'library', 'kb_search'), 0)
  const midway = placeOf(scene, figure(scene, 'AZOTH'), 900)
  scene = hear(scene, moved('12-0', 'AZOTH', 'nursery', 'train'), 900)

  const after = placeOf(scene, figure(scene, 'AZOTH'), 900)
  expect(Math.hypot(after.x - midway.x, after.y - midway.y)).toBeLessThan(0.001)
  expect(figure(scene, 'AZOTH').zone).toBe('nursery')
})

it('jumps for who wants no motion', () => {
  const scene = hear(village(), moved('11-0', 'AZOTH', 'library', 'kb_search'), 0, true)

  expect(figure(scene, 'AZOTH').walks).toEqual([])
  expect(placeOf(scene, figure(scene, 'AZOTH'), 0)).toEqual(spotAt(ZONES.find(({ name }) => name === 'library') ?? expect.fail(), 0))
})

it('no two of fifty stand on one spot, and all of them on the map', () => {
  const names = Array.from({ length: 50 }, (_, at) => `AGENT_${String(at)}`)
  for (const zone of ZONES) {
    const start = village({ profiles: names.map((name) => profile(name)) })
    const scene = names.reduce((sum, name, at) => hear(sum, moved(`${String(20 + at)}-0`, name, zone.name, 'tool'), 0, true), start)
    const places = names.map((name) => placeOf(scene, figure(scene, name), 0))
    expect(new Set(places.map(({ x, y }) => `${x.toFixed(1)} ${y.toFixed(1)}`)).size, zone.name).toBe(50)
    for (const { x, y } of places) {
      expect(x).toBeGreaterThan(VIEW.x + 8)
      expect(x).toBeLessThan(VIEW.x + VIEW.width - 8)
      expect(y).toBeLessThan(VIEW.y + VIEW.height - 8)
    }
  }
})

it('says what is new for as long as it takes to read, and keeps it as the last words', () => {
  const scene = hear(village(), event('11-0', 'knowledge_added', { knowledge: knowledge() }), 500)

  expect(figure(scene, 'AZOTH').words?.text).toBe('Bridges hold.')
  expect(isLively(scene, 600)).toBe(true)
  expect(isLively(scene, 20_000)).toBe(false)
})

it('speaks nothing that is brought in from elsewhere', () => {
  const scene = hear(village(), event('11-0', 'knowledge_added', { knowledge: knowledge({ origin: 'import' }) }), 500)

  expect(figure(scene, 'AZOTH').words).toBeNull()
})

it('shows people who come, and lets go of those who leave', () => {
  const here = [presence(), presence({ user_id: YOU }), presence({ user_id: YOU, agent: 'NOVA', zone: 'workshop', tool: 'run_code' })]
  const known = detail({ here, members: [member(), member({ user_id: YOU, display_name: 'Bo', you: false })] })
  let scene = village({ detail: known })
  expect(figure(scene, null, YOU).name).toBe('Bo')
  expect(figure(scene, 'NOVA', YOU)).toMatchObject({ name: 'Nova', zone: 'workshop', tool: 'run_code' })

  scene = hear(scene, event('11-0', 'presence', { here: [presence()] }), 0)
  expect(scene.figures.has(keyOf({ userId: YOU, agent: null }))).toBe(false)
  expect(scene.figures.has(keyOf({ userId: YOU, agent: 'NOVA' }))).toBe(true)
})

it('a private realm has its one agent, a bridge those who are named', () => {
  const alone = village({ detail: detail({ realm: realm({ kind: 'private', agent: 'VAJRA' }) }) })
  const bridge = village({
    detail: detail({ realm: realm({ kind: 'bridge' }), members: [member({ agent: 'KETHER' }), member({ user_id: YOU, agent: 'NOVA' })] }),
  })

  expect([...alone.figures.values()].map(({ agent }) => agent)).toEqual(['VAJRA'])
  expect([...bridge.figures.values()].map(({ agent }) => agent)).toEqual(['KETHER', 'NOVA'])
})

it('knows the last words that were said before one looked', () => {
  const said = [listedKnowledge({ content: 'newer' }), listedKnowledge({ content: 'older' })].map((one) => ({
    knowledge: one,
    score: null,
    why: null,
  }))

  expect(figure(village({ said }), 'AZOTH').words?.text).toBe('newer')
})

it('draws agreement for some seconds, the newest word of it, and nothing that was dismissed', () => {
  let scene = happen(village(), { kind: 'agreed', convergence: convergence(['AZOTH', 'VAJRA']) }, { now: 0 })
  expect(scene.agreements).toHaveLength(1)
  expect(isLively(scene, 5_000)).toBe(true)
  expect(isLively(scene, 30_000)).toBe(false)

  const grown = { ...convergence(['AZOTH', 'VAJRA', 'KETHER']), id: 'c-AZOTH-VAJRA' }
  scene = agree(scene, grown, 0)
  expect(scene.agreements.map((one) => [one.convergence.kind, one.keys.length])).toEqual([['CONSENSUS', 3]])
  expect(agree(scene, { ...grown, status: 'dismissed' }, 0).agreements).toEqual([])
})
