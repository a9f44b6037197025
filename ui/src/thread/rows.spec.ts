import { describe, expect, it } from 'vitest'

import { message } from './fakes'
import { findHits, rangesIn } from './find'
import { rowsOf, tailRows } from './rows'
import { costText, durationText, tokensText } from './prices'
import { toolGist, toolTitle } from './toolTitles'
import { threadKeyOf } from './threadKeys'

const answer = (id: string, turn_id: string, more = {}) => message(id, { role: 'assistant', turn_id, ...more })
const conversation = () => [message('u'), answer('a', 't'), answer('b', 't'), message('v'), answer('c', 's')]
const tail = { turnId: null, userMessageId: null, ended: null, waiting: [], pending: [], redo: false }

describe('rows', () => {
  it('gather the steps of an answer', () => {
    expect(rowsOf(conversation()).map(({ kind, key }) => [kind, key])).toEqual([['user', 'u'], ['answer', 't'], ['user', 'v'], ['answer', 's']])
  })

  it('stay the same for the same messages', () => {
    const messages = conversation()
    const [before, after] = [rowsOf(messages), rowsOf([...messages, message('w')])]
    expect(before.every((row, at) => row === after[at])).toBe(true)
  })

  it('end in the running turn, under the key that its messages will have', () => {
    expect(tailRows({ ...tail, turnId: 't' }, undefined).map(({ key }) => key)).toEqual(['t'])
  })

  it('show a failed turn that left no message', () => {
    const ended = { id: 't', userMessageId: 'u', status: 'failed' as const, error: null }
    expect(tailRows({ ...tail, ended }, undefined)).toMatchObject([{ kind: 'answer', turnId: 't', steps: [] }])
    expect(tailRows({ ...tail, ended }, rowsOf(conversation())[1])).toEqual([])
  })
})

describe('finding', () => {
  it('tells every place', () => {
    const rows = rowsOf([message('u', { content: 'Gold and gold' }), answer('a', 't', { content: 'No GOLD here' })])
    expect(findHits(rows, 'gold')).toEqual([{ key: 'u', nth: 0 }, { key: 'u', nth: 1 }, { key: 't', nth: 0 }])
    expect(findHits(rows, ' ')).toEqual([])
  })

  it('marks words across elements', () => {
    const box = document.createElement('p')
    box.innerHTML = 'a <b>go</b>ld ring, gold'
    expect(rangesIn(box, 'gold').map(String)).toEqual(['gold', 'gold'])
  })
})

describe('figures', () => {
  it.each([[999, '999'], [1200, '1.2k'], [12_345, '12k'], [2_500_000, '2.5M']])('%d tokens are %s', (tokens, text) => {
    expect(tokensText(tokens)).toBe(text)
  })
  it.each([[0, '$0'], [0.0123, '$0.0123'], [0.00001, '< $0.0001'], [1.5, '$1.50']])('%d dollars are %s', (usd, text) => {
    expect(costText(usd)).toBe(text)
  })
  it.each([[200, '0.2 s'], [4300, '4 s'], [75_000, '1 min 15 s']])('%d ms are %s', (ms, text) => {
    expect(durationText(ms)).toBe(text)
  })
})

describe('tool runs', () => {
  const call = { id: 'x', name: 'calculator', arguments: { expression: '1+1' } }
  it('have a title and a gist', () => {
    const result = { id: 'x', content: '2', is_error: false, seconds: 0.1 }
    expect([toolTitle(call, undefined).text, toolTitle(call, result).text, toolGist(call, result)]).toEqual(['Calculating', 'Calculated', '1+1 = 2'])
  })
  it('say what came of them, out of their JSON', () => {
    expect(toolGist(call, { id: 'x', content: '{"expression":"1+1","result":2}', is_error: false, seconds: null })).toBe('1+1 = 2')
    expect(toolGist(call, { id: 'x', content: '{"success":true}', is_error: false, seconds: null })).toBe('1+1')
  })
  it('of unknown tools are named after them', () => {
    expect(toolTitle({ ...call, name: 'camera_timelapse' }, undefined).text).toBe('Camera timelapse')
  })
})

describe('keys', () => {
  const press = (key: string, more = {}) => ({ key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...more })
  it('do nothing but Escape and find while somebody types', () => {
    expect(['?', '/', 'Escape'].map((key) => threadKeyOf(press(key), true))).toEqual([null, null, 'stop'])
    expect(threadKeyOf(press('f', { ctrlKey: true }), true)).toBe('find')
  })
  it('work elsewhere', () => {
    expect(['?', '/', 'x'].map((key) => threadKeyOf(press(key), false))).toEqual(['shortcuts', 'compose', null])
  })
})
