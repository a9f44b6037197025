/** Tells screen readers how work goes on, without a flood: the newest sentence, once in a while; an end at once. */
import { onBeforeUnmount } from 'vue'

import { announce } from '@/announce'

import { paced } from './pace'

export const QUIET = 10_000

export function useNews(): { tell: (text: string) => void; tellNow: (text: string) => void } {
  let said = ''
  let newest = ''
  const say = () => {
    if (newest && newest !== said) announce(newest)
    said = newest
  }
  const soon = paced(say, QUIET)
  onBeforeUnmount(() => soon.stop())
  return {
    tell(text) {
      newest = text
      soon()
    },
    tellNow(text) {
      newest = text
      say()
    },
  }
}
