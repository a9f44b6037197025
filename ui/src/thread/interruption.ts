/** What a person reads while an answer changes its server. */
import type { TurnRecovering } from '@/wire'

export type Interruption = TurnRecovering['reason']

/** Events of an older server do not say why. */
export function interruptionText(reason: Interruption | undefined): string {
  switch (reason) {
    case 'moved':
      return 'The answer moves to another server…'
    case 'alone':
      return 'The server that was answering is gone again. The answer goes on in a place of its own…'
    default:
      return 'The server that was answering is gone. Another one goes on…'
  }
}
