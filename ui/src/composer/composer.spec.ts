import { describe, expect, it } from 'vitest'

import type { Attachment, Model } from '@/wire'

import { loadDraft, saveDraft } from './drafts'
import { isSendKey } from './keys'
import { lettersLeft, MOST_LETTERS, tooLarge, whyNotSend } from './limits'
import { modelGroups, priceText } from './modelGroups'
import { useUploads } from './uploads'

const press = (more = {}) => ({ key: 'Enter', shiftKey: false, ctrlKey: false, metaKey: false, altKey: false, isComposing: false, ...more })
const attachment: Attachment = { id: 'a', name: 'a.txt', media_type: 'text/plain', kind: 'text', size: 1 }
const composed = { text: 'hi', uploads: [], busy: false, imagesAllowed: true }

describe('the key that sends', () => {
  it('is Enter, or Ctrl Enter by preference, and never Shift Enter', () => {
    expect([isSendKey(press(), 'enter'), isSendKey(press({ shiftKey: true }), 'enter')]).toEqual([true, false])
    expect([isSendKey(press(), 'ctrl-enter'), isSendKey(press({ ctrlKey: true }), 'ctrl-enter')]).toEqual([false, true])
  })
  it('only chooses a word while one is composed', () => {
    expect(isSendKey(press({ isComposing: true }), 'enter')).toBe(false)
  })
})

describe('a message', () => {
  it('can be sent when there is nothing against it', () => {
    expect(whyNotSend(composed)).toBeNull()
  })
  it('says what is against it', () => {
    expect(whyNotSend({ ...composed, text: ' ' })).toBe('Write a message first')
    expect(whyNotSend({ ...composed, busy: true })).toContain('Wait for the answer')
    expect(whyNotSend({ ...composed, text: 'x'.repeat(MOST_LETTERS + 1) })).toContain('too long')
  })
  it('counts down near its limit', () => {
    expect([lettersLeft('x'), lettersLeft('x'.repeat(MOST_LETTERS - 5))]).toEqual([null, 5])
  })
})

describe('drafts', () => {
  it('are kept one a conversation and forgotten when sent', () => {
    saveDraft('a', 'one')
    saveDraft('b', 'two')
    saveDraft('a', '')
    expect([loadDraft('a'), loadDraft('b')]).toEqual(['', 'two'])
  })
})

describe('uploads', () => {
  const file = (name: string, size = 1) => new File(['x'.repeat(size)], name, { type: 'text/plain' })

  it('become attachments', async () => {
    const uploads = useUploads(async (_file, { onProgress }) => {
      onProgress(0.5)
      return attachment
    })
    uploads.add([file('a.txt')])
    await Promise.resolve()
    expect(uploads.items.value[0]).toMatchObject({ state: 'there', share: 1, attachment })
  })

  it('say why they failed and are aborted when removed', async () => {
    let aborted = false
    const uploads = useUploads((_file, { signal }) => {
      signal.addEventListener('abort', () => (aborted = true))
      return new Promise<Attachment>(() => undefined)
    })
    uploads.add([file('a.txt')])
    uploads.remove(uploads.items.value[0]?.key ?? 0)
    expect([aborted, uploads.items.value]).toEqual([true, []])
    expect(tooLarge({ size: 600_000, type: 'text/plain' })).toContain('512 KB')
  })

  it('hold at most ten', () => {
    const uploads = useUploads(() => new Promise<Attachment>(() => undefined))
    expect(uploads.add(Array.from({ length: 12 }, (_, n) => file(`${String(n)}.txt`)))).toEqual(['10.txt', '11.txt'])
  })
})

describe('models', () => {
  const model = (more: Partial<Model>): Model => ({
    id: 'm',
    name: 'M',
    provider: 'anthropic',
    description: '',
    context_tokens: 1,
    max_output_tokens: 1,
    thinking: false,
    images: false,
    tools: false,
    input_usd_per_million: 0,
    output_usd_per_million: 0,
    demo: false,
    ...more,
  })
  it('are grouped by where they run and say what they cost', () => {
    expect(modelGroups([model({ provider: 'local' }), model({})]).map(({ name }) => name)).toEqual(['Claude', 'On this server'])
    expect([priceText(model({})), priceText(model({ input_usd_per_million: 3, output_usd_per_million: 15 }))]).toEqual([
      'Free',
      '$3 in · $15 out per million tokens',
    ])
  })
})
