import { flushPromises } from '@vue/test-utils'
import { expect, it, vi } from 'vitest'
import { ApiError } from '@/api'
import { deedOfKey, stepTo } from './deeds'
import { useFileUploads } from './fileUploads'
import { isText, kindOf, shownType } from './kinds'
import { momentText } from './moments'
import { besides, canMove, crumbsOf, followed, stemLength, whyNotName } from './names'
import type { Sending } from './workspace'

it('knows what a file is by its name', () => {
  expect(['a.PNG', 'b.mp3', 'c.mp4', 'd.pdf', 'e.csv', 'f.py', 'g.zip', 'Makefile', 'h.bin', 'i'].map(kindOf)).toEqual([
    'image', 'audio', 'video', 'pdf', 'table', 'text', 'archive', 'text', 'other', 'other',
  ])
  expect([isText('a.csv'), isText('a.xlsx')]).toEqual([true, false])
})

it('shows nothing under a type that could be a page of ours', () => {
  expect(['a.html', 'a.xml', 'a.pdf', 'a'].map(shownType)).toEqual(Array(4).fill('application/octet-stream'))
  expect(shownType('a.svg')).toBe('image/svg+xml')
})

it('leads from a folder to those above', () => {
  expect(crumbsOf('a/b').map(({ name, path }) => `${name}=${path}`)).toEqual(['Files=', 'a=a', 'b=a/b'])
  expect(crumbsOf('')).toHaveLength(1)
})

it.each([['', 'Give'], ['..', 'another folder'], ['a/b', 'slashes'], ['x'.repeat(121), 'At most'], ['taken', 'already']])('%j is no name', (name, why) => {
  expect(whyNotName(name, ['taken'])).toContain(why)
})

it('a name may be written over but for its ending', () => {
  expect(whyNotName('fine.txt', ['taken'])).toBeNull()
  expect(['notes.txt', '.env', 'folder'].map(stemLength)).toEqual([5, 4, 6])
  expect([besides('a/b.txt', 2), besides('a.b/c', 3)]).toEqual(['a/b (2).txt', 'a.b/c (3)'])
})

it('a folder goes not into itself, and nothing where it is', () => {
  expect([canMove('a', true, 'a'), canMove('a', true, 'a/b'), canMove('a/x', false, 'a'), canMove('x', false, 'a')]).toEqual([false, false, false, true])
  expect(canMove('a', true, 'ab')).toBe(true)
})

it('follows the folder one is in', () => {
  expect(followed('a/b/c', 'a/b', 'x/b')).toBe('x/b/c')
  expect(followed('a/b', 'a/b', null)).toBe('a')
  expect(followed('ab', 'a', 'x')).toBe('ab')
})

it('arrows lead through rows and tiles', () => {
  expect([stepTo('ArrowDown', 0, 5, 1), stepTo('ArrowUp', 0, 5, 1), stepTo('ArrowRight', 0, 5, 1)]).toEqual([1, 0, null])
  expect([stepTo('ArrowDown', 1, 5, 3), stepTo('ArrowDown', 2, 5, 3), stepTo('ArrowRight', 4, 5, 3)]).toEqual([4, 4, 4])
  expect([stepTo('Home', 3, 5, 1), stepTo('End', 3, 5, 1), deedOfKey('F2'), deedOfKey('Delete'), deedOfKey('x')]).toEqual([0, 4, 'rename', 'remove', null])
})

it('tells today by the clock and other days by their name', () => {
  const now = new Date(2026, 10, 23, 12)
  expect(momentText(new Date(2026, 10, 23, 9, 5).toISOString(), now)).toBe('09:05')
  expect(momentText(new Date(2026, 0, 2).toISOString(), now)).toBe('Jan 2')
  expect(momentText(new Date(2025, 0, 2).toISOString(), now)).toBe('Jan 2, 2025')
})

interface Sent {
  name: string
  asked: Sending
  end: (error?: unknown) => void
}

function uploading() {
  const sent: Sent[] = []
  const settled: string[] = []
  const uploads = useFileUploads(
    (file, asked) =>
      new Promise((resolve, reject) => sent.push({ name: file.name, asked, end: (error) => (error ? reject(error as Error) : resolve()) })),
    (folder) => settled.push(folder),
  )
  return { sent, settled, uploads, states: () => uploads.items.value.map(({ state }) => state) }
}

const named = (...names: string[]) => names.map((name) => new File(['x'], name))

it('sends a few files at once, the others after them', async () => {
  const { sent, settled, uploads, states } = uploading()
  uploads.add(named('a', 'b', 'c', 'd'), 'to')
  expect(states()).toEqual(['sending', 'sending', 'sending', 'waiting'])

  sent[0]?.asked.onProgress(0.5)
  expect(uploads.items.value[0]?.share).toBe(0.5)
  sent[0]?.end()
  await flushPromises()
  expect(states()).toEqual(['there', 'sending', 'sending', 'sending'])
  expect(settled).toEqual(['to'])
  expect(sent.map(({ name }) => name)).toEqual(['a', 'b', 'c', 'd'])
})

it('a name that is taken can be replaced, once that is wanted', async () => {
  const { sent, uploads } = uploading()
  uploads.add(named('a'), '')
  sent[0]?.end(new ApiError(409, 'There is something at a already'))
  await flushPromises()
  const [item] = uploads.items.value
  expect(item).toMatchObject({ state: 'failed', taken: true, failure: 'There is something at a already' })

  uploads.replace(item?.key ?? 0)
  expect(sent[1]?.asked.replace).toBe(true)
})

it('waits as long as a busy server says, and then goes on by itself', async () => {
  vi.useFakeTimers()
  const { sent, uploads } = uploading()
  uploads.add(named('a'), '')
  sent[0]?.end(new ApiError(429, 'Too many', null, {}, 7))
  await vi.advanceTimersByTimeAsync(6_900)
  expect(sent).toHaveLength(1)
  await vi.advanceTimersByTimeAsync(200)
  expect(sent).toHaveLength(2)
  vi.useRealTimers()
})

it('what is taken off the list is not sent on', () => {
  const { sent, uploads } = uploading()
  uploads.add(named('a'), '')
  uploads.remove(uploads.items.value[0]?.key ?? 0)
  expect(sent[0]?.asked.signal.aborted).toBe(true)
  expect(uploads.items.value).toEqual([])
})
