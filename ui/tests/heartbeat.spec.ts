import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Socket } from '@/socket'

/** A line in memory: what is sent is kept, what is heard is said by the test. */
class Line {
  sent: string[] = []
  closed = false
  onmessage: ((event: { data: string }) => void) | null = null
  onclose: ((event: { code: number }) => void) | null = null
  send(text: string): void {
    this.sent.push((JSON.parse(text) as { type: string }).type)
  }
  close(): void {
    this.closed = true
  }
  say(event: unknown): void {
    this.onmessage?.({ data: JSON.stringify(event) })
  }
}

const lines: Line[] = []
let socket: Socket
const last = () => lines.at(-1) ?? expect.fail('no line')
const settle = () => vi.advanceTimersByTimeAsync(0)

beforeEach(() => {
  vi.useFakeTimers()
  lines.length = 0
  socket = new Socket({
    ticket: () => Promise.resolve('good'),
    open: () => {
      lines.push(new Line())
      return last() as unknown as WebSocket
    },
    random: () => 1,
  })
})

afterEach(() => {
  socket.end()
  vi.useRealTimers()
})

async function ready(): Promise<Line> {
  socket.start()
  await settle()
  last().say({ type: 'ready', user_id: 'me', heartbeat_seconds: 20 })
  return last()
}

it('pings every twenty seconds and leaves a line that does not answer', async () => {
  const line = await ready()
  await vi.advanceTimersByTimeAsync(20_000)
  expect(line.sent).toEqual(['ping'])
  line.say({ type: 'pong' })
  await vi.advanceTimersByTimeAsync(20_000)
  expect(line.closed).toBe(false)

  await vi.advanceTimersByTimeAsync(10_000)

  expect(line.closed).toBe(true)
  expect(socket.state.value).toBe('connecting')
})

it('waits longer after each failure, up to a limit', async () => {
  socket.start()
  await settle()
  const waits: number[] = []
  for (let failure = 0; failure < 9; failure++) {
    const before = Date.now()
    const count = lines.length
    last().onclose?.({ code: 1006 })
    while (lines.length === count) await vi.advanceTimersByTimeAsync(100)
    waits.push(Date.now() - before)
  }

  expect(waits).toEqual([300, 600, 1200, 2400, 4800, 9600, 19200, 20000, 20000])
})

it('does not wait when the network is back', async () => {
  socket.start()
  await settle()
  for (let failure = 0; failure < 6; failure++) {
    last().onclose?.({ code: 1006 })
    await vi.advanceTimersByTimeAsync(20_000)
  }
  last().onclose?.({ code: 1006 })
  const count = lines.length

  socket.nudge()
  await settle()

  expect(lines).toHaveLength(count + 1)
})

it('holds back after it was told that it sent too much', async () => {
  const line = await ready()
  line.onclose?.({ code: 4429 })

  await vi.advanceTimersByTimeAsync(4_900)
  expect(lines).toHaveLength(1)
  await vi.advanceTimersByTimeAsync(200)
  expect(lines).toHaveLength(2)
})

it('takes a new line when a command is not accepted in time', async () => {
  const line = await ready()
  void socket.command({ type: 'chat', id: 'one', message: 'hello' })
  for (let beat = 0; beat < 2; beat++) {
    await vi.advanceTimersByTimeAsync(20_000)
    line.say({ type: 'pong' })
  }
  await vi.advanceTimersByTimeAsync(1_000)
  last().say({ type: 'ready', user_id: 'me', heartbeat_seconds: 20 })

  expect(lines).toHaveLength(2)
  expect(last().sent).toEqual(['chat'])
  last().say({ type: 'accepted', id: 'one' })
})

it('sends what was refused for the moment again, then lets people know', async () => {
  const line = await ready()
  const failed = socket.command({ type: 'chat', id: 'one', message: 'hello' }).catch((error: unknown) => error)
  for (let refusal = 0; refusal < 6; refusal++) {
    line.say({ type: 'error', code: 'unavailable', title: 'Not now', detail: null, id: 'one', retry_after: 0.5 })
    await vi.advanceTimersByTimeAsync(6_000)
  }

  expect(line.sent.filter((type) => type === 'chat')).toHaveLength(6)
  await expect(failed).resolves.toMatchObject({ code: 'unavailable' })
})

it('waits as long as a busy server asks for, on the same line, and sends the command again', async () => {
  const line = await ready()
  const accepted = socket.command({ type: 'chat', id: 'one', message: 'hello' })
  line.say({ type: 'error', code: 'busy', title: 'Busy', detail: null, id: 'one', retry_after: 45 })
  for (let beat = 0; beat < 2; beat++) {
    await vi.advanceTimersByTimeAsync(20_000)
    line.say({ type: 'pong' })
  }
  expect(line.sent.filter((type) => type === 'chat')).toHaveLength(1)

  await vi.advanceTimersByTimeAsync(5_500)

  expect(lines).toHaveLength(1)
  expect(line.sent.filter((type) => type === 'chat')).toHaveLength(2)
  line.say({ type: 'accepted', id: 'one' })
  await expect(accepted).resolves.toMatchObject({ id: 'one' })
})

it('takes an error without an id about size for its largest command', async () => {
  const line = await ready()
  const small = vi.fn()
  void socket.command({ type: 'chat', id: 'small', message: 'hello' }).then(small, small)
  const large = socket.command({ type: 'chat', id: 'large', message: 'hello'.repeat(99) })

  line.say({ type: 'error', code: 'too_large', title: 'Too large', detail: null, id: null, retry_after: null })

  await expect(large).rejects.toMatchObject({ code: 'too_large' })
  expect(small).not.toHaveBeenCalled()
  line.say({ type: 'accepted', id: 'small' })
})

it('subscribes again when the server has let go of a channel', async () => {
  const line = await ready()
  socket.follow('conversation:c', '5-0', () => undefined)

  line.say({ type: 'error', code: 'unavailable', title: 'Redis is away', detail: null, id: null, retry_after: null })
  await vi.advanceTimersByTimeAsync(1_000)

  expect(line.sent).toEqual(['subscribe', 'subscribe'])
})

it('doubts its line when the network changes, and leaves it soon when nothing answers', async () => {
  const line = await ready()

  socket.nudge()
  await vi.advanceTimersByTimeAsync(4_000)

  expect(line.closed).toBe(true)
})
