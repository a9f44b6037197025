/** The conversations looked at last, as they were: shown at once when one is opened again, until the server has answered. */
import { BLANK, type ThreadState } from './state'

const KEPT = 8
const seen = new Map<string, ThreadState>()

export function remember(key: string, state: ThreadState): void {
  seen.delete(key)
  // What streams comes anew with the replay; what waits for an answer of the server is of the view that sent it.
  if (state.conversation) seen.set(key, { ...state, turn: null, pending: [], redo: null, waiting: [], wanted: [], stale: false })
  if (seen.size > KEPT) seen.delete(seen.keys().next().value ?? '')
}

export function recall(key: string): ThreadState {
  return seen.get(key) ?? BLANK
}
