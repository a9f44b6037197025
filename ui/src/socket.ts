/** One WebSocket for the page. Lines break; what is followed goes on where it stopped, and a command runs exactly once. */
import { readonly, ref } from 'vue'
import { api, ApiError } from './api'
import { Channels, type Follower } from './channels'
import { CommandError, Commands, passing, pause, type DurableCommand } from './commands'
import type { SocketAccepted, SocketCommand, SocketError, SocketEvent, SocketReady, SocketStop, Ticket } from './wire'

export type { ChannelEvent, Follower } from './channels'
export { CommandError, type DurableCommand } from './commands'

const READY_WITHIN = 10_000
const ALIVE_WITHIN = 10_000
/** When there is a reason to doubt the line. */
const DOUBTED_WITHIN = 4_000
const ACCEPT_WITHIN = 20_000
const FIRST_DELAY = 300
const LONGEST_DELAY = 20_000
const FLOOD_DELAY = 5_000
/** Close codes that name what we sent as the cause: sending it again would only break the next line. */
const POISONED: Partial<Record<number, string>> = { 1007: 'The message is not valid text', 1009: 'The message is too large' }
const FLOOD = 4429

export interface SocketParts {
  ticket: () => Promise<string>
  open: (ticket: string) => WebSocket
  /** 0..1; the jitter that keeps all pages from coming back at the same moment. */
  random?: () => number
}

export class Socket {
  private readonly status = ref<'closed' | 'connecting' | 'open'>('closed')
  readonly state = readonly(this.status)
  private readonly channels = new Channels()
  private readonly commands = new Commands((command) => this.send(command))
  private readonly stops = new Map<string, SocketStop>()
  private line: WebSocket | null = null
  private wanted = false
  private attempts = 0
  private retry: ReturnType<typeof setTimeout> | undefined
  private deadline: ReturnType<typeof setTimeout> | undefined
  private beat: ReturnType<typeof setInterval> | undefined

  constructor(private readonly parts: SocketParts) {}

  start(): void {
    if (this.wanted) return
    this.wanted = true
    this.connect()
  }

  /** Sign-out: nothing of this person stays behind. */
  end(): void {
    this.wanted = false
    clearTimeout(this.retry)
    this.drop()
    this.status.value = 'closed'
    this.stops.clear()
    this.commands.failAll(() => new CommandError('closed', 'You are signed out'))
  }

  follow(channel: string, after: string | null, onEvent: Follower): () => void {
    const remove = this.channels.add(channel, after, onEvent)
    if (this.open) this.subscribe(channel)
    return () => {
      remove()
      if (this.open && !this.channels.has(channel)) this.send({ type: 'unsubscribe', channel })
    }
  }

  command(command: DurableCommand, { signal }: { signal?: AbortSignal } = {}): Promise<SocketAccepted> {
    const accepted = this.commands.add(command, signal)
    if (this.open) this.commands.sendOne(command.id)
    return accepted
  }

  stop(conversationId: string, turnId: string | null): void {
    const command: SocketStop = { type: 'stop', conversation_id: conversationId, turn_id: turnId }
    if (turnId) this.stops.set(turnId, command)
    if (this.open) this.send(command)
  }

  /** The network came or went, or the page is looked at again: don't wait out a delay, and don't trust an old line. */
  nudge(): void {
    if (!this.wanted) return
    if (this.open) return this.ping(DOUBTED_WITHIN)
    if (this.line !== null) return
    this.attempts = 0
    this.connect()
  }

  private get open(): boolean {
    return this.status.value === 'open'
  }

  private connect(): void {
    this.status.value = 'connecting'
    clearTimeout(this.retry)
    const attempt = ++this.attempts
    this.parts
      .ticket()
      .then((ticket) => {
        if (this.wanted && attempt === this.attempts && this.line === null) this.dial(ticket)
      })
      .catch((error: unknown) => {
        if (error instanceof ApiError && error.status === 401) return this.end()
        if (this.wanted && attempt === this.attempts) this.retryLater(error instanceof ApiError ? (error.retryAfter ?? 0) * 1000 : 0)
      })
  }

  private dial(ticket: string): void {
    const line = this.parts.open(ticket)
    this.line = line
    line.onmessage = (message) => {
      if (this.line === line) this.hear(JSON.parse(String(message.data)) as SocketEvent)
    }
    line.onclose = (closed) => {
      if (this.line === line) this.lost(closed.code)
    }
    this.within(READY_WITHIN)
  }

  private hear(event: SocketEvent): void {
    clearTimeout(this.deadline)
    switch (event.type) {
      case 'ready':
        return this.ready(event)
      case 'accepted':
        return this.commands.accepted(event)
      case 'error':
        return this.refused(event)
      case 'pong':
        return
      case 'subscribed':
        return this.channels.subscribed(event.channel)
      default:
        if (event.type === 'turn_ended') this.stops.delete(event.turn_id)
        this.channels.deliver(event)
    }
  }

  private ready(event: SocketReady): void {
    this.attempts = 0
    this.status.value = 'open'
    this.resume()
    this.commands.sendAll()
    clearInterval(this.beat)
    this.beat = setInterval(() => this.pulse(), Math.min(event.heartbeat_seconds || 20, 20) * 1000)
  }

  /** Everything that the server must hold for this page: asked twice, it does no harm. */
  private resume(): void {
    this.channels.names().forEach((channel) => this.subscribe(channel))
    this.stops.forEach((stop) => this.send(stop))
  }

  private pulse(): void {
    if (this.commands.overdue(ACCEPT_WITHIN)) this.lost(0)
    else this.ping(ALIVE_WITHIN)
  }

  private ping(within: number): void {
    this.send({ type: 'ping' })
    this.within(within)
  }

  private within(milliseconds: number): void {
    clearTimeout(this.deadline)
    this.deadline = setTimeout(() => this.lost(0), milliseconds)
  }

  private refused(event: SocketError): void {
    const id = event.id
    if (id !== null) {
      const wait = this.commands.refused(id, event)
      if (wait !== null) this.later(wait, () => this.commands.sendOne(id))
    } else if (event.code === 'too_large') {
      this.commands.tooLarge(event)
    } else if (passing(event)) {
      // The server could not go on with a channel and has let go of it.
      this.later(pause(event, 1), () => this.resume())
    }
  }

  /** On this line only: a new one asks for everything anew. */
  private later(milliseconds: number, run: () => void): void {
    const line = this.line
    setTimeout(() => {
      if (line === this.line && this.open) run()
    }, milliseconds)
  }

  private lost(code: number): void {
    this.drop()
    const reason = POISONED[code]
    if (reason) this.commands.failAll(() => new CommandError('refused', reason), { sentOnly: true })
    if (this.wanted) this.retryLater(code === FLOOD ? FLOOD_DELAY : 0)
  }

  private retryLater(least: number): void {
    this.status.value = 'connecting'
    const grown = Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** Math.max(0, this.attempts - 1))
    const delay = Math.max(least, grown * (0.5 + (this.parts.random ?? Math.random)() / 2))
    clearTimeout(this.retry)
    this.retry = setTimeout(() => this.connect(), delay)
  }

  private drop(): void {
    clearTimeout(this.deadline)
    clearInterval(this.beat)
    const line = this.line
    this.line = null
    line?.close()
  }

  private subscribe(channel: string): void {
    this.send({ type: 'subscribe', channel, after: this.channels.after(channel) })
  }

  private send(command: SocketCommand): void {
    this.line?.send(JSON.stringify(command))
  }
}

export const socket = new Socket({
  ticket: async () => (await api.post<Ticket>('/auth/ws-ticket')).ticket,
  open: (ticket) => {
    const scheme = location.protocol === 'https:' ? 'wss' : 'ws'
    return new WebSocket(`${scheme}://${location.host}/api/v1/ws?ticket=${encodeURIComponent(ticket)}`)
  },
})
