import { describe, expect, it } from 'vitest'

import { interruptionText } from './interruption'

describe('what is said while an answer changes its server', () => {
  it('is different for a move, a crash, and a crash after a crash', () => {
    expect(new Set((['moved', 'crashed', 'alone'] as const).map(interruptionText)).size).toBe(3)
  })

  it('is the plain truth for events that do not say why', () => {
    expect(interruptionText(undefined)).toBe(interruptionText('crashed'))
  })
})
