import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

import type { Palette } from '@/charts/palette'

import { newDraft, problemsOf, requestOf, stranger } from './draft'
import { agreementOf, agreementOption } from './drawings'
import { answer, closed, council, MEMBERS, member, openRound, outcome, sealed, tally, update } from './samples'
import { FOUNDERS, seatLooks, sits } from './seats'
import { baselineOf, cellOf, cellText, committed, debateCost, effectText, isResting, signOf, spoken, statusOf, talliesText } from './standing'

const PALETTE: Palette = { ink: '#000', soft: '#111', faint: '#222', line: '#333', surface: '#fff', mark: '#b80', font: 'x', series: ['#a00', '#0a0'] }

it('knows the founders as the village does', () => {
  const village = readFileSync('../village/agents/founders.py', 'utf8')
  for (const [agent, { color, symbol }] of Object.entries(FOUNDERS)) {
    const profile = village.slice(village.indexOf(`agent="${agent}"`)).split('persona=')[0]
    expect(profile).toContain(`color="${color}"`)
    expect(profile).toContain(`symbol="${symbol}"`)
  }
})

it('gives everybody else a sign of their own', () => {
  expect(seatLooks({ name: 'Dr. Who', agent: null }).symbol).toBe('D')
  expect(seatLooks({ name: 'Azoth', agent: 'AZOTH' }).symbol).toBe('☿')
})

it('keeps an answer sealed for as long as its round is open', () => {
  const [round, vajra] = [openRound(2), MEMBERS[2] ?? expect.fail()]
  const cells = [undefined, answer(2, 3, { status: 'running', hidden: true }), sealed(2, 3), answer(2, 3)].map((one) => cellOf(one, vajra, round))
  expect(cells).toEqual(['awaited', 'thinking', 'sealed', 'open'])
  // That somebody abstained or failed is a hint, too.
  expect(cellOf({ ...sealed(2, 3), status: 'abstained' }, vajra, round)).toBe('sealed')
  expect(cellText('sealed')).toBe('Has committed')
})

it('shows nothing for those who were not there', () => {
  const late = member(5, 'Late', { joined_round: 3 })
  const early = member(6, 'Early', { left_round: 2 })
  expect([sits(late, 2), sits(late, 3), sits(early, 1), sits(early, 2)]).toEqual([false, true, true, false])
  expect([cellOf(undefined, late, openRound(2)), cellOf(undefined, early, openRound(2))]).toEqual(['away', 'away'])
  expect(cellOf(undefined, late, closed(3, [tally('Yes', 1)]))).toBe('away')
})

it('counts who has committed among those who sit there', () => {
  expect(committed(council(), 2)).toEqual({ done: 2, all: 4 })
  expect(committed(council({ members: [...MEMBERS, member(5, 'Late', { joined_round: 3 })] }), 1)).toEqual({ done: 4, all: 4 })
})

it('calls options by letters, and positions in own words not at all', () => {
  expect([signOf(['Yes', 'No'], 'No'), signOf([], 'It depends'), signOf(['Yes'], null)]).toEqual(['B', null, null])
})

it('says what the first answers alone would have said, once they are open', () => {
  expect(baselineOf(council())).toMatchObject({ winner: 'Yes', cost: 0.04, settled: false })
  expect(baselineOf(council({ rounds: [openRound(1)] }))).toBeNull()
  expect(baselineOf(council({ rounds: [closed(1, [tally('Yes', 1, 2), tally('No', 3, 4)])] }))?.winner).toBeNull()
  expect(baselineOf(council({ outcome: outcome() }))).toMatchObject({ winner: 'No', settled: true })
})

it('tells the cost of the debate from that of the first answers', () => {
  expect(debateCost(council({ rounds: [closed(1, [tally('Yes', 1)]), closed(2, [tally('Yes', 1)], { cost_usd: 0.07 })] }))).toBe(0.07)
  expect(debateCost(council({ outcome: outcome() }))).toBe(0.06)
  expect(effectText(outcome(), 2)).toContain('changed the answer')
  expect(effectText(outcome({ baseline: 'Yes' }), 2)).toContain('same answer')
  expect(effectText(outcome({ winner: null, baseline: null }), 2)).toContain('settled nothing')
  expect(effectText(outcome({ baseline: 'Yes' }), 1)).toContain('no debate')
})

it('says aloud what happened, and no vote before its round is closed', () => {
  expect(spoken(update('answer_committed', { member: 1 }), council())).toBe('Azoth has committed')
  expect(spoken(update('round_closed', { round: 1 }), council())).toBe('Round 1: Yes 3, No 1')
  expect(spoken(update('round_closed', { round: 2 }), council())).toBe('Round 2 is open to see')
  expect(spoken(update('remark_queued'), council())).toBeNull()
  expect(talliesText([])).toBe('nobody voted')
})

it('rests while it is paused, whatever it says it is', () => {
  expect(isResting({ status: 'running', paused: true })).toBe(true)
  expect(isResting({ status: 'completed', paused: true })).toBe(false)
  expect(statusOf({ status: 'running', paused: true }).text).toBe('Paused')
})

it('draws the agreement of closed rounds, and none of the open one', () => {
  const agreement = agreementOf(council().rounds)
  expect(agreement).toEqual({ rounds: [1], greatest: [75], options: [{ option: 'Yes', shares: [75] }, { option: 'No', shares: [25] }] })
  const { series } = agreementOption(agreement, PALETTE)
  expect(series).toMatchObject([{ name: 'Yes', stack: 'votes' }, { name: 'No' }, { name: 'Agreement', type: 'line', data: [75] }])
  expect(agreementOf([closed(1, [tally('Yes')], { agreement: null })]).greatest).toEqual([0])
})

it('asks for the founders and three rounds, unless one wants it otherwise', () => {
  const draft = { ...newDraft(), question: ' Is gold heavy? ', options: ['Yes', ' No ', ''] }
  expect(problemsOf(draft)).toEqual({})
  expect(requestOf(draft)).toEqual({
    question: 'Is gold heavy?',
    options: ['Yes', 'No'],
    members: ['AZOTH', 'ELYSIAN', 'VAJRA', 'KETHER'].map((agent) => ({ agent })),
    max_rounds: 3,
    model: null,
    tools: null,
    budget: {},
    start: true,
  })
})

it('asks for made-up members, a number of them, and a budget', () => {
  const strange = { ...stranger(), name: ' Doubter ', persona: 'Doubts.', model: 'scripted' }
  const draft = { ...newDraft(), question: 'Why?', members: [strange], dollars: '0.5', minutes: '2' }
  expect(requestOf(draft)).toMatchObject({ members: [{ name: 'Doubter', persona: 'Doubts.', model: 'scripted' }], budget: { usd: 0.5, seconds: 120 } })
  const counted = requestOf({ ...draft, seating: 'counted', count: '7' })
  expect([counted.num_agents, counted.members]).toEqual([7, undefined])
})

it('says what is missing', () => {
  const draft = { ...newDraft(), options: ['Yes', ''], members: [stranger()], rounds: '21', dollars: '-1', minutes: 'x' }
  expect(Object.keys(problemsOf(draft)).sort()).toEqual(['dollars', 'members', 'minutes', 'options', 'question', 'rounds'])
  expect(problemsOf({ ...draft, options: ['Yes', 'Yes'] }).options).toContain('same')
  expect(problemsOf({ ...draft, seating: 'counted', count: '13' }).count).toBeDefined()
})
