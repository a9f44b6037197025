import { mount } from '@vue/test-utils'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { defineComponent, h, shallowRef } from 'vue'
import { useStage } from './useStage'

let frames: FrameRequestCallback[]
let lively: boolean
let still: boolean
let drawn: number
let hidden: boolean

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  ;[frames, lively, still, drawn, hidden] = [[], false, false, 0, false]
  vi.stubGlobal('requestAnimationFrame', (run: FrameRequestCallback) => frames.push(run))
  vi.stubGlobal('cancelAnimationFrame', (id: number) => (frames[id - 1] = () => undefined))
  vi.spyOn(document, 'hidden', 'get').mockImplementation(() => hidden)
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

function stage() {
  const canvas = shallowRef(document.createElement('canvas'))
  const parts = { draw: () => void (drawn += 1), lively: () => lively, still: () => still }
  return mount(defineComponent({ setup: () => (useStage(canvas, parts), () => h('i')) }))
}

/** Runs the frames that are asked for, and answers how many were drawn. */
function run(times: number): number {
  const before = drawn
  for (let at = 0; at < times; at += 1) frames.splice(0, frames.length, ...([] as FrameRequestCallback[])).forEach((frame) => frame(0))
  return drawn - before
}

it('draws each frame while something moves', () => {
  lively = true
  const shown = stage()
  expect(run(5)).toBe(5)
  shown.unmount()
})

it('breathes slowly while nothing does, and not at all for who wants no motion', async () => {
  const shown = stage()
  expect(run(5)).toBe(1)
  await vi.advanceTimersByTimeAsync(200)
  expect(run(5)).toBe(1)

  still = true
  await vi.advanceTimersByTimeAsync(200)
  run(5)
  await vi.advanceTimersByTimeAsync(5_000)
  expect(run(5)).toBe(0)
  shown.unmount()
})

it('rests while the page is hidden, and goes on when it is seen', () => {
  lively = true
  const shown = stage()
  run(2)
  hidden = true
  document.dispatchEvent(new Event('visibilitychange'))
  expect(run(5)).toBe(0)

  hidden = false
  document.dispatchEvent(new Event('visibilitychange'))
  expect(run(3)).toBe(3)
  shown.unmount()
  expect(run(3)).toBe(0)
})
