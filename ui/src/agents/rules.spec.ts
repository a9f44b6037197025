// What is decided without a page: the tree, merging, budgets, limits and words.
import { describe, expect, it } from 'vitest'

import { allowanceOf, areFine, limitError, LIMITS, limitsOf, limitsText, noLimits } from './allowance'
import { budgetText, deadlineText, left, partsOf } from './budget'
import { later, refreshed, withAgent } from './merge'
import { agent, budget, FAILED } from './samples'
import { deedsOf, lookOf, moodOf } from './status'
import { totals, treeKey, treeRows } from './tree'
import { copyName, nameError } from './types'
import { brief, jsonOf, timeText, troubleOf, troubleText } from './words'

describe('the tree', () => {
  const top = agent('top')
  const below = [
    agent('a', { parent_id: 'top' }),
    agent('b', { parent_id: 'top' }),
    agent('a1', { parent_id: 'a' }),
    agent('a2', { parent_id: 'a' }),
    agent('lost', { parent_id: 'nobody' }),
  ]
  const seen = (folded: string[] = []) => treeRows(top, below, new Set(folded))

  it('stands each agent under who made it, and loses nobody', () => {
    expect(seen().map(({ agent: { id }, level }) => `${level} ${id}`)).toEqual(['1 top', '2 a', '3 a1', '3 a2', '2 b', '2 lost'])
    expect(seen().map(({ place, siblings, below }) => [place, siblings, below])).toEqual([
      [1, 1, 5], [1, 3, 2], [1, 2, 0], [2, 2, 0], [2, 3, 0], [3, 3, 0],
    ])
  })

  it('hides what is folded, and says how many that are', () => {
    const rows = seen(['a'])

    expect(rows.map(({ agent: { id }, open }) => [id, open])).toEqual([['top', true], ['a', false], ['b', null], ['lost', null]])
    expect(rows[1]?.below).toBe(2)
  })

  it('is walked by arrows as trees are', () => {
    const rows = seen()

    expect(treeKey('ArrowDown', rows, 0)).toEqual({ to: 1 })
    expect(treeKey('ArrowUp', rows, 0)).toEqual({ to: 0 })
    expect(treeKey('End', rows, 0)).toEqual({ to: 5 })
    expect(treeKey('ArrowRight', rows, 1)).toEqual({ to: 2 })
    expect(treeKey('ArrowLeft', rows, 1)).toEqual({ fold: 'a' })
    expect(treeKey('ArrowLeft', rows, 3)).toEqual({ to: 1 })
    expect(treeKey('ArrowRight', seen(['a']), 1)).toEqual({ fold: 'a' })
    expect(treeKey('x', rows, 1)).toBeNull()
  })

  it('sums up all agents', () => {
    expect(totals(top, below)).toEqual({ agents: 6, steps: 6, tokens: 6000, usd: expect.closeTo(0.06) as number })
  })
})

describe('what is known of an agent', () => {
  it('is the later telling: an end stands, steps are not undone', () => {
    const old = agent('a', { steps: 2 })
    const done = agent('a', { steps: 3, status: 'completed' })

    expect(later(old, agent('a', { steps: 1 }))).toBe(old)
    expect(later(old, done)).toBe(done)
    expect(later(done, agent('a', { steps: 4 }))).toBe(done)
  })

  it('keeps what an event tells the beginning of only', () => {
    const done = agent('a', { status: 'completed', task: 'A long task', result: 'A long result' })
    const event = agent('a', { status: 'completed', task: 'A long', result: 'A long', steps: 3 })

    expect(later(done, event)).toMatchObject({ task: 'A long task', result: 'A long result', steps: 3 })
    expect(later(agent('a'), event).result).toBe('A long')
  })

  it('stays the same list when nothing is new', () => {
    const list = [agent('a', { status: 'completed' })]

    expect(withAgent(list, agent('a'), 'first')).toBe(list)
    expect(withAgent(list, agent('b'), 'first').map(({ id }) => id)).toEqual(['b', 'a'])
    expect(refreshed(list, [agent('a'), agent('c')]).map(({ id, status }) => [id, status])).toEqual([['a', 'completed'], ['c', 'running']])
  })
})

describe('how far it is', () => {
  it('tells kinds of waiting apart', () => {
    expect(moodOf(agent('a', { status: 'waiting', waits_for: 'person' }))).toBe('asks')
    expect(moodOf(agent('a', { status: 'waiting', waits_for: 'child' }))).toBe('waiting')
    expect(moodOf(agent('a', { paused: true }))).toBe('paused')
    expect(lookOf(agent('a', { status: 'cancelled', paused: true })).text).toBe('Cancelled')
  })

  it('offers what makes sense', () => {
    expect(deedsOf(agent('a'))).toEqual(['pause', 'cancel'])
    expect(deedsOf(agent('a', { paused: true }))).toEqual(['resume', 'cancel'])
    expect(deedsOf(agent('a', { status: 'failed' }))).toEqual(['retry'])
    expect(deedsOf(agent('a', { status: 'failed', parent_id: 'top' }))).toEqual([])
    expect(deedsOf(agent('a', { status: 'completed' }))).toEqual([])
  })
})

describe('a budget', () => {
  it('shows the parts that there are, and what is left', () => {
    const some = budget({ usd: 2, usd_spent: 0.5, usd_held: 1, usd_doubted: 0.1 })

    expect(partsOf(some, 'usd').map(({ name, share }) => [name, share])).toEqual([['spent', 0.25], ['doubted', 0.05], ['held', 0.5]])
    expect(left(some, 'usd')).toBeCloseTo(0.4)
    expect(budgetText(some, 'usd')).toBe('$0.50 spent, $0.10 in doubt, $1.00 set aside, $0.40 left of $2.00')
    expect(budgetText(budget(), 'tokens')).toBe('20k spent, 80k left of 100k tokens')
  })

  it('of nothing is not divided by', () => {
    expect(partsOf(budget({ usd: 0, usd_spent: 0 }), 'usd')).toMatchObject([{ name: 'spent', share: 0 }])
  })

  it('has a deadline in words', () => {
    const from = (minutes: number) => deadlineText(new Date(minutes * 60_000).toISOString(), 0)

    expect([from(-1), from(20), from(180), from(5 * 1440)]).toEqual(['its time is up', '20 min of time left', '3 h of time left', '5 days of time left'])
  })
})

describe('limits in a form', () => {
  const facts = (name: string) => LIMITS.find((one) => one.name === name) ?? expect.fail(name)

  it('send only what was filled in, time in seconds', () => {
    expect(allowanceOf(noLimits())).toEqual({})
    expect(allowanceOf({ ...noLimits(), usd: '2,50', minutes: '1.5', agents: '0', tokens: '1 000 000' })).toEqual({
      usd: 2.5, seconds: 90, agents: 0, tokens: 1_000_000,
    })
    expect(allowanceOf({ ...noLimits(), tokens: '1,000,000' })).toEqual({ tokens: 1_000_000 })
    expect(limitsOf({ seconds: 90, usd: 2 })).toEqual({ ...noLimits(), minutes: '1.5', usd: '2' })
  })

  it('say what is wrong', () => {
    expect(limitError(facts('usd'), 'much')).toBe('This is not a number')
    expect(limitError(facts('usd'), '0')).toBe('More than nothing')
    expect(limitError(facts('depth'), '1.5')).toBe('A whole number, please')
    expect(limitError(facts('depth'), '9')).toBe('At most 8')
    expect(limitError(facts('agents'), '0')).toBeNull()
    expect(areFine({ ...noLimits(), usd: '-1' })).toBe(false)
  })

  it('are read out', () => {
    expect(limitsText({ usd: 2, seconds: 1800, agents: 4, depth: 1, fan_out: 2 })).toBe('at most $2.00, 30 min, 4 agents below, 1 level deep, 2 at once')
    expect(limitsText({ agents: 0, depth: 2 })).toBe('at most no agents below')
    expect(limitsText({})).toBe('')
  })
})

describe('words', () => {
  it('say what went wrong and what to do', () => {
    expect(troubleOf(FAILED).advice).toContain('divide it')
    expect(troubleOf(null).title).toContain('nobody said why')
    expect(troubleText({ ...FAILED, detail: '40 of 40' })).toBe('It took too many steps: 40 of 40')
  })

  it('count time from the start, to the end', () => {
    expect(timeText({ started_at: null, completed_at: null }, 0)).toBe('–')
    expect(timeText({ started_at: '2026-11-23T09:00:00Z', completed_at: '2026-11-23T09:02:05Z' }, 0)).toBe('2 min 5 s')
  })

  it('shorten, and know JSON when they see it', () => {
    expect(brief('a  b\nc')).toBe('a b c')
    expect(brief('x'.repeat(50), 10)).toBe('xxxxxxxxx…')
    expect(jsonOf('{"a": 1}')).toEqual({ a: 1 })
    expect([jsonOf('{not json'), jsonOf('plain')]).toEqual([undefined, undefined])
  })
})

it('names of kinds are checked, and copies get free ones', () => {
  expect(nameError('', [])).toBe('It needs a name')
  expect(nameError('a/b', [])).toBe('Without / ? # and \\')
  expect(nameError('poet', ['poet'])).toBe('There is one of this name')
  expect(nameError('poet', [])).toBeNull()
  expect(copyName('poet', ['my poet'])).toBe('my poet 2')
})
