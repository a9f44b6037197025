import { expect, it } from 'vitest'
import { daylightAt, daylightOf, untilNextHour } from './daylight'
import { hit, screenPoint, worldPoint } from './hit'
import { happeningOf, keyOf } from './happenings'
import { inkOn, looksOf, profileLooks } from './looks'
import { wrap } from './paint/lettering'
import { isShown } from './paint/painter'
import { begin } from './cast'
import { happen, placeOf, type Scene } from './scene'
import { convergence, detail, ME, moved, profile, ZONES } from './samples'
import { agreementText, digest, doesText, excerpt, sentence, whereText } from './sentences'

function village(): Scene {
  const profiles = [profile('AZOTH'), profile('VAJRA')]
  return begin({ zones: ZONES, detail: detail(), profiles, said: [], convergences: [], userId: ME }, { now: 0 })
}

const AZOTH = keyOf({ userId: ME, agent: 'AZOTH' })

it('says where somebody is and what they do', () => {
  const happening = happeningOf(moved('11-0', 'AZOTH', 'file_shed', 'fs_read_file')) ?? expect.fail()
  const scene = happen(village(), happening, { now: 0 })
  const figure = scene.figures.get(AZOTH) ?? expect.fail()

  expect([whereText(scene, figure), doesText(figure)]).toEqual(['File shed', 'uses fs_read_file'])
  expect(sentence(scene, happening)).toBe('Azoth goes to the file shed and uses fs_read_file.')
})

it('says who agrees, and whether they found it alone', () => {
  const scene = happen(village(), { kind: 'agreed', convergence: convergence(['AZOTH', 'VAJRA'], { independent: false }) }, { now: 0 })

  expect(scene.agreements.map((one) => agreementText(scene, one))).toEqual(['Azoth and Vajra: harmony, an echo'])
})

it('tells many things as few', () => {
  expect(digest(['A.', 'B.'])).toBe('A. B.')
  expect(digest(['A.', 'B.', 'C.', 'D.', 'E.'])).toBe('C. D. E. And 2 more.')
})

it('cuts words between words', () => {
  expect(excerpt('one  two\nthree', 40)).toBe('one two three')
  expect(excerpt('one two three four', 12)).toBe('one two…')
})

it('wraps a bubble by the width of its letters, with an ellipsis after the last line', () => {
  const measure = (text: string) => text.length
  expect(wrap('aa bb cc', 5, measure)).toEqual(['aa bb', 'cc'])
  expect(wrap('aa bb cc dd ee ff gg', 5, measure)).toEqual(['aa bb', 'cc dd', 'ee f…'])
  expect(wrap('a_very_long_tool_name', 8, measure)).toEqual(['a_very_…'])
})

it('finds the figure under a pointer before the zone that it stands in', () => {
  const scene = village()
  const at = placeOf(scene, scene.figures.get(AZOTH) ?? expect.fail(), 0)

  expect(hit(scene, at, 0, 14)).toBe(AZOTH)
  expect(hit(scene, { x: 100, y: 80 }, 0, 14)).toBe('library')
  expect(hit(scene, { x: 250, y: 190 }, 0, 14)).toBeNull()
  const screen = screenPoint(at, 360)
  expect(worldPoint(screen.x, screen.y, 360).x).toBeCloseTo(at.x)
})

it('has day from seven to seven, unless another light was chosen', () => {
  expect([6, 7, 18, 19].map(daylightAt)).toEqual(['night', 'day', 'day', 'night'])
  expect(daylightOf('night', new Date(2026, 5, 1, 12))).toBe('night')
  expect(untilNextHour(new Date('2026-06-01T12:59:00Z'))).toBe(60_000)
})

it('dresses those without a profile by their name, and drops colours that are none', () => {
  expect(looksOf({ userId: ME, agent: 'OLD_ONE' })).toMatchObject({ name: 'Old one', symbol: 'O' })
  expect(looksOf({ userId: ME, agent: 'OLD_ONE' })).toEqual(looksOf({ userId: 'x', agent: 'OLD_ONE' }))
  expect(profileLooks(profile('AZOTH', { color: 'red;}', symbol: null }))).toMatchObject({ symbol: 'A', name: 'Azoth' })
  expect(profileLooks(profile('AZOTH', { color: 'red;}' })).color).toMatch(/^#[0-9a-f]{6}$/)
  expect([inkOn('#ffffff'), inkOn('#101010')]).toEqual(['#14181f', '#ffffff'])
})

it('an agreement is drawn while it is new, and while its kind is pinned', () => {
  const one = { convergence: convergence(['AZOTH', 'VAJRA']), keys: [], shownUntil: 100 }
  expect(isShown(one, { now: 50, pinned: new Set() })).toBe(true)
  expect(isShown(one, { now: 150, pinned: new Set() })).toBe(false)
  expect(isShown(one, { now: 150, pinned: new Set(['HARMONY']) })).toBe(true)
})
