// @vitest-environment node
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { WebSocket as NodeSocket } from 'ws'
import { ApiError } from '@/api'
import { Socket } from '@/socket'
import type { SocketChat } from '@/wire'
import { Door } from './server'

let door: Door
let socket: Socket
const chat = (id: string): SocketChat => ({ type: 'chat', id, message: 'hello' })
const open = () => vi.waitFor(() => expect(socket.state.value).toBe('open'))

function socketTo(ticket: () => Promise<string>): Socket {
  return new Socket({ ticket, open: (good) => new NodeSocket(`${door.url}/?ticket=${good}`) as unknown as WebSocket, random: () => 0 })
}

beforeEach(async () => {
  door = await Door.open()
  socket = socketTo(() => Promise.resolve('good'))
})

afterEach(async () => {
  socket.end()
  await door.close()
})

it('follows on over cut lines without a gap or a repeat', async () => {
  const heard: string[] = []
  socket.start()
  await open()
  socket.follow('conversation:c', '0-0', (event) => event.type === 'token' && heard.push(event.seq))
  await vi.waitFor(() => expect(door.follows('conversation:c')).toBe(true))

  for (const round of [1, 2, 3]) {
    door.publish('conversation:c', `${round}0-0`)
    await vi.waitFor(() => expect(heard.at(-1)).toBe(`${round}0-0`))
    door.cut()
    door.publish('conversation:c', `${round}1-0`)
    await vi.waitFor(() => expect(heard.at(-1)).toBe(`${round}1-0`), { timeout: 3000 })
  }

  expect(heard).toEqual(['10-0', '11-0', '20-0', '21-0', '30-0', '31-0'])
})

it('sends a command again until it is accepted, as one turn', async () => {
  door.cutBeforeAccepting = 2
  socket.start()

  const accepted = await socket.command(chat('one'))

  expect(accepted.turn_id).toBe('one')
  expect([...door.turns]).toEqual(['one'])
  expect(door.commands.filter((command) => command.type === 'chat')).toHaveLength(3)
})

it('keeps commands that are given while there is no line, in their order', async () => {
  const both = Promise.all([socket.command(chat('one')), socket.command(chat('two'))])

  socket.start()
  await both

  expect(door.commands.flatMap((command) => (command.type === 'chat' ? [command.id] : []))).toEqual(['one', 'two'])
})

it('withdraws a waiting command when its signal aborts', async () => {
  const controller = new AbortController()
  const waiting = socket.command(chat('one'), { signal: controller.signal })

  controller.abort()

  await expect(waiting).rejects.toMatchObject({ name: 'AbortError' })
  socket.start()
  await open()
  expect(door.turns.size).toBe(0)
})

it('gives up what the server calls too large, instead of breaking every line with it', async () => {
  door.silent = true
  socket.start()
  await open()
  const refused = socket.command(chat('huge'))
  await vi.waitFor(() => expect(door.commands).toHaveLength(1))

  door.cut(1009)

  await expect(refused).rejects.toMatchObject({ code: 'refused' })
})

it('stops for good when the sign-in has ended', async () => {
  socket = socketTo(() => Promise.reject(new ApiError(401, 'Signed out')))

  socket.start()

  await vi.waitFor(() => expect(socket.state.value).toBe('closed'))
})

it('tries again when tickets cannot be had for a while', async () => {
  let failures = 2
  socket = socketTo(() => (failures-- > 0 ? Promise.reject(new ApiError(0, 'away')) : Promise.resolve('good')))

  socket.start()
  await vi.waitFor(() => expect(socket.state.value).toBe('open'), { timeout: 3000 })

  expect(failures).toBe(-1)
})

it('sends a stop again on the next line until the turn has ended', async () => {
  socket.start()
  await open()
  socket.stop('c', 'turn')
  await vi.waitFor(() => expect(door.commands).toHaveLength(1))
  door.cut()

  await vi.waitFor(() => expect(door.commands.filter((command) => command.type === 'stop')).toHaveLength(2), { timeout: 3000 })
})

it('stops following at the server when nobody follows any more', async () => {
  socket.start()
  await open()
  const leave = socket.follow('conversation:c', '0-0', () => undefined)
  await vi.waitFor(() => expect(door.follows('conversation:c')).toBe(true))

  leave()

  await vi.waitFor(() => expect(door.follows('conversation:c')).toBe(false))
})
