import { expect, it } from 'vitest'
import { ApiError } from '@/api'
import type { FileEntry, FileUpload } from '@/wire'
import { sendInPieces, type Shelf } from './pieces'

const MIB = 1024 * 1024
const gone = () => new ApiError(0, 'The server cannot be reached')

/** A server that keeps what it gets, and fails when it is told to. */
class Store implements Shelf {
  held: Blob[] = []
  said: string[] = []
  size = 0
  there = false
  trouble: (Error | null)[] = []
  /** Answers that are lost behind a piece that arrived. */
  swallowed = 0

  private get upload(): FileUpload {
    const received = this.held.reduce((sum, piece) => sum + piece.size, 0)
    return { id: 'u', path: 'f', size: this.size, received, most_piece_bytes: 8 * MIB, expires_at: '' }
  }

  private say(what: string): void {
    this.said.push(what)
    const error = this.trouble.shift()
    if (error) throw error
  }

  begin = (_path: string, size: number) => {
    this.say('begin')
    this.size = size
    this.there = true
    return Promise.resolve(this.upload)
  }

  state = () => {
    this.said.push('state')
    return this.there ? Promise.resolve(this.upload) : Promise.reject(new ApiError(404, 'No such upload'))
  }

  piece = (_id: string, offset: number, data: Blob) => {
    try {
      this.say(`piece ${String(offset / MIB)}`)
    } catch (error) {
      return Promise.reject(error as Error)
    }
    if (offset !== this.upload.received) return Promise.reject(new ApiError(409, 'Wrong offset'))
    this.held.push(data)
    if (this.swallowed-- > 0) return Promise.reject(gone())
    return Promise.resolve(this.upload)
  }

  complete = () => {
    try {
      this.say('complete')
    } catch (error) {
      return Promise.reject(error as Error)
    }
    return Promise.resolve({} as FileEntry)
  }

  drop = () => {
    this.said.push('drop')
    return Promise.resolve()
  }

  pause = () => Promise.resolve()
}

function sending(abort = new AbortController()) {
  const shares: number[] = []
  const pauses: boolean[] = []
  const asked = { folder: '', replace: false, signal: abort.signal, onProgress: (share: number) => shares.push(share), onPause: (waits: boolean) => pauses.push(waits) }
  return { asked, shares, pauses, abort }
}

const large = () => new File([new Uint8Array(10 * MIB).fill(7)], 'f')

it('sends one piece after the other, and says how far it is', async () => {
  const store = new Store()
  const { asked, shares } = sending()
  await sendInPieces(large(), 'f', asked, store)
  expect(store.said).toEqual(['begin', 'piece 0', 'piece 4', 'piece 8', 'complete'])
  expect(store.held.map(({ size }) => size / MIB)).toEqual([4, 4, 2])
  expect(shares).toEqual([0, 0.4, 0.8, 1])
})

it('goes on where it was when the line is back, though an answer was lost', async () => {
  const store = new Store()
  store.trouble = [null, null, gone(), gone()]
  store.swallowed = 1
  const { asked, pauses } = sending()
  await sendInPieces(large(), 'f', asked, store)
  expect(store.held.map(({ size }) => size / MIB)).toEqual([4, 4, 2])
  expect(store.said.filter((what) => what === 'begin')).toHaveLength(1)
  expect([pauses.includes(true), pauses.at(-1)]).toEqual([true, false])
})

it('is done when the file is there and only the answer was lost', async () => {
  const store = new Store()
  store.trouble = [null, null, null, null, gone()]
  store.pause = () => {
    store.there = false
    return Promise.resolve()
  }
  await sendInPieces(large(), 'f', sending().asked, store)
  expect(store.said.slice(4)).toEqual(['complete', 'state'])
})

it('another try goes on with what was begun', async () => {
  const store = new Store()
  const file = large()
  store.trouble = [null, null, new ApiError(422, 'Wrong checksum')]
  await expect(sendInPieces(file, 'f', sending().asked, store)).rejects.toThrow('Wrong checksum')
  await sendInPieces(file, 'f', sending().asked, store)
  expect(store.said.slice(3)).toEqual(['state', 'piece 4', 'piece 8', 'complete'])
})

it('begins anew when what was begun is gone, and tells what cannot be', async () => {
  const store = new Store()
  const file = large()
  store.trouble = [null, new ApiError(413, 'Too large')]
  await expect(sendInPieces(file, 'f', sending().asked, store)).rejects.toThrow('Too large')
  store.there = false
  await sendInPieces(file, 'f', sending().asked, store)
  expect(store.said.filter((what) => what === 'begin')).toHaveLength(2)

  const taken = new Store()
  taken.trouble = [null, null, null, null, new ApiError(409, 'There is a file already')]
  await expect(sendInPieces(large(), 'f', sending().asked, taken)).rejects.toThrow('already')
})

it('what is taken back is given up at the server, too', async () => {
  const store = new Store()
  const { asked, abort } = sending()
  const stopping = { ...asked, onProgress: (share: number) => void (share > 0.3 && abort.abort()) }
  store.trouble = [null, null, new DOMException('', 'AbortError')]
  await expect(sendInPieces(large(), 'f', stopping, store)).rejects.toThrow()
  expect(store.said).toContain('drop')
})
