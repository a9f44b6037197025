import { expect, it } from 'vitest'

import { happened, hit, knowledge, realm } from '../samples'
import { countFilters, noFilters, queryOf } from './filters'
import { appended, stepTo, withEvent } from './listing'
import { promotableTo } from './promotion'
import { opening, originOf, tagsOf } from './texts'
import { ordinal, reasonsFor } from './why'

it('asks for no more than what is filled in', () => {
  const given = Object.entries(queryOf(noFilters(), ' ', 'home')).filter(([, value]) => value !== null && value !== '')
  expect(given).toEqual([['realm_id', 'home']])
})

it('asks for whole days of the person, a share, and weighs age only in a search', () => {
  const filters = { ...noFilters(), since: '2026-11-01', until: '2026-11-02', confidence: 80, trusted: 'false' as const }
  const query = queryOf(filters, 'gold', null)
  expect(Number(new Date(String(query.until))) - Number(new Date(String(query.since)))).toBe(2 * 86_400_000 - 1000)
  expect(query).toMatchObject({ q: 'gold', realm_id: null, min_confidence: 0.8, trusted: 'false', decay: true })
  expect(countFilters(filters)).toBe(4)
})

it('says why a search found something, and what it lacks', () => {
  const [meaning, words, age] = reasonsFor({ vector_rank: 2, vector_score: 0.834, text_rank: null, text_score: null, decay: 0.5 })
  expect([meaning?.share, meaning?.long]).toEqual([0.834, '2nd by meaning, with a similarity of 0.83.'])
  expect([words?.share, words?.long]).toEqual([0, 'It does not have the words.'])
  expect(age?.long).toBe('Multiplied with 0.50 for its age and use.')
})

it('draws the first by words longest, and nothing of age without decay', () => {
  const why = (rank: number) => reasonsFor({ vector_rank: null, vector_score: null, text_rank: rank, text_score: 0.2, decay: 1 })
  expect(why(1).map(({ share }) => share)).toEqual([0, 1])
  expect(why(3)[1]?.share).toBeGreaterThan(why(9)[1]?.share ?? 1)
})

it.each([[1, '1st'], [2, '2nd'], [3, '3rd'], [11, '11th'], [12, '12th'], [21, '21st'], [113, '113th'], [40, '40th']])('%i is %s', (place, text) => {
  expect(ordinal(place)).toBe(text)
})

it('puts a revised memory in the place of its former version, drops a removed one, and leaves others', () => {
  const hits = [hit('a'), hit('b')]
  const revised = withEvent(hits, happened('knowledge_revised', { knowledge: knowledge('a2', { root_id: 'a', content: 'anew' }) }))
  expect(revised?.map((one) => one.knowledge.content)).toEqual(['anew', 'says b'])
  expect(revised?.[0]?.knowledge.realm_name).toBe('Home')
  expect(withEvent(hits, happened('knowledge_removed', { knowledge: knowledge('b') }))?.map((one) => one.knowledge.id)).toEqual(['a'])
  expect(withEvent(hits, happened('knowledge_added', { knowledge: knowledge('c') }))).toBeNull()
})

it('shows once what moved between two pages', () => {
  expect(appended([hit('a'), hit('b')], [hit('b'), hit('c')]).map((one) => one.knowledge.id)).toEqual(['a', 'b', 'c'])
})

it('walks a list within its ends', () => {
  expect(['ArrowUp', 'ArrowDown', 'PageDown', 'Home', 'End', 'x'].map((key) => stepTo(key, 0, 5))).toEqual([0, 1, 4, 0, 4, null])
})

it('promotes only to wider realms that one may write to', () => {
  const realms = [realm('v'), realm('b', { kind: 'bridge' }), realm('read', { kind: 'bridge', role: 'reader' }), realm('p', { kind: 'private' })]
  expect(promotableTo(realms, { id: 'p', kind: 'private' }).map(({ id }) => id)).toEqual(['v', 'b'])
  expect(promotableTo(realms, { id: 'v', kind: 'village' }).map(({ id }) => id)).toEqual(['b'])
})

it('reads tags, origins and openings', () => {
  expect(tagsOf(' gold, stone,, gold ')).toEqual(['gold', 'stone'])
  expect(originOf({ origin: 'import', source: 'old.jsonl' })).toBe('Brought in (old.jsonl)')
  expect(opening('one  two\nthree', 9)).toBe('one two…')
})
