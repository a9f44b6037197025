/** Sequence numbers of a channel are `milliseconds-counter`: they order events and tell when each was logged. */
import { compareSeq } from '@/channels'

export function isAfter(seq: string, mark: string): boolean {
  return compareSeq(seq, mark) > 0
}

/** In milliseconds: durations come from the log, so that a replay measures the same ones. */
export function timeOf(seq: string): number {
  return Number(seq.split('-')[0])
}
