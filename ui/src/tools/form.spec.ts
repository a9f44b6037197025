import { expect, it } from 'vitest'
import { factsOf, presetHint } from './facts'
import { argumentsOf, fieldsOf, textsOf } from './form'
import { facts, preset } from './samples'

const fields = fieldsOf({
  required: ['text', 'key', 'value'],
  properties: {
    text: { type: 'string', description: 'The text.' },
    key: { type: 'string', minLength: 1 },
    value: { description: 'Any JSON value' },
    count: { type: 'integer', default: -1 },
    a: { anyOf: [{ type: 'integer' }, { type: 'number' }, { type: 'null' }], default: null },
    tone: { enum: ['warm', 'cool'], type: 'string', default: 'warm' },
    version: { enum: [1, 4], type: 'integer' },
    sure: { type: 'boolean' },
    parts: { anyOf: [{ type: 'array', items: { type: 'string' } }, { type: 'null' }] },
    more: { type: 'object' },
  },
})

it('makes a field of each parameter', () => {
  expect(fields.map(({ name, kind }) => `${name}:${kind}`)).toEqual([
    'text:text', 'key:text', 'value:any', 'count:number', 'a:number', 'tone:choice', 'version:choice', 'sure:choice', 'parts:lines', 'more:json',
  ])
  expect(fields.map((field) => field.hint)).toEqual([
    'The text', '', 'Any JSON value. JSON, or plain text', 'Usually -1', '', 'Usually warm', '', '', 'One on each line', 'As JSON',
  ])
  expect(fields[7]?.choices).toEqual(['true', 'false'])
})

it('reads what was written, and leaves out what was not', () => {
  const texts = { key: 'k', value: 'plain', count: '3', a: '', tone: 'cool', version: '4', sure: 'false', parts: 'a\nb\n', more: '{"x":1}' }

  const { values, faults } = argumentsOf(fields, { ...textsOf(fields), ...texts })

  expect(faults).toEqual({})
  expect(values).toEqual({
    text: '', key: 'k', value: 'plain', count: 3, tone: 'cool', version: 4, sure: false, parts: ['a', 'b'], more: { x: 1 },
  })
})

it('says at each field what is wrong with it', () => {
  const { faults } = argumentsOf(fields, { count: 'many', more: '{', a: ' ' })

  expect(faults).toEqual({
    key: 'This is needed.', value: 'This is needed.', count: 'This is not a number.', a: 'This is not a number.', more: 'This is not JSON.',
  })
})

it('an example fills the form, and comes out as it was', () => {
  const example = { text: '12', key: 'k', value: { n: 1 }, parts: ['x', 'y'], sure: true, tone: 'warm' }

  expect(argumentsOf(fields, textsOf(fields, example)).values).toEqual(example)
})

it('facts and costs are told in words', () => {
  expect(factsOf(facts({ side_effect: true, idempotent: false }))).toEqual(['Changes something', 'Counts each time it runs', 'At most 5 s'])
  expect(factsOf(facts({ reads_untrusted: true, exfiltrates: true }))).toContain('Can send data out')
  expect(presetHint(preset('full'))).toBe('Some tools. 1 tool, 1.2 kB in each request.')
})
