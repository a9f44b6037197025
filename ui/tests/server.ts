/** A small real WebSocket server with the door's protocol: logs, replay, durable commands; lines can be cut at will. */
import type { AddressInfo } from 'node:net'
import { WebSocketServer, type WebSocket as Line } from 'ws'
import { compareSeq } from '@/channels'
import type { SocketCommand } from '@/wire'
import { ME, token } from './samples'

export class Door {
  readonly commands: SocketCommand[] = []
  readonly turns = new Set<string>()
  /** Commands are stored, but the word of it gets lost with the line. */
  cutBeforeAccepting = 0
  silent = false
  heartbeat = 20
  private readonly logs = new Map<string, string[]>()
  private readonly followed = new Map<Line, Set<string>>()

  private constructor(private readonly server: WebSocketServer) {
    server.on('connection', (line) => this.welcome(line))
  }

  static async open(): Promise<Door> {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
    await new Promise((resolve) => server.once('listening', resolve))
    return new Door(server)
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.server.address() as AddressInfo).port}`
  }

  get lines(): number {
    return this.followed.size
  }

  async close(): Promise<void> {
    this.cut()
    await new Promise((resolve) => this.server.close(resolve))
  }

  cut(code?: number): void {
    for (const line of this.followed.keys()) {
      if (code) line.close(code)
      else line.terminate()
    }
    this.followed.clear()
  }

  publish(channel: string, seq: string): void {
    this.logs.set(channel, [...(this.logs.get(channel) ?? []), seq])
    for (const [line, channels] of this.followed) if (channels.has(channel)) this.tell(line, token(seq, seq, channel.split(':')[1]))
  }

  follows(channel: string): boolean {
    return [...this.followed.values()].some((channels) => channels.has(channel))
  }

  private welcome(line: Line): void {
    this.followed.set(line, new Set())
    line.on('message', (data) => this.hear(line, JSON.parse(data.toString()) as SocketCommand))
    line.on('close', () => this.followed.delete(line))
    this.tell(line, { type: 'ready', user_id: ME, heartbeat_seconds: this.heartbeat })
  }

  private hear(line: Line, command: SocketCommand): void {
    this.commands.push(command)
    if (this.silent) return
    if (command.type === 'ping') this.tell(line, { type: 'pong' })
    if (command.type === 'unsubscribe') this.followed.get(line)?.delete(command.channel)
    if (command.type === 'subscribe') this.replay(line, command.channel, command.after ?? null)
    if (command.type === 'chat') this.accept(line, command.id)
  }

  private replay(line: Line, channel: string, after: string | null): void {
    this.tell(line, { type: 'subscribed', channel })
    const missed = after === null ? [] : (this.logs.get(channel) ?? []).filter((seq) => compareSeq(seq, after) > 0)
    missed.forEach((seq) => this.tell(line, token(seq, seq, channel.split(':')[1])))
    this.followed.get(line)?.add(channel)
  }

  private accept(line: Line, id: string): void {
    this.turns.add(id)
    if (this.cutBeforeAccepting-- > 0) return this.cut()
    this.tell(line, { type: 'accepted', id, turn_id: id, conversation_id: 'c', message_id: null, seq: '0-0' })
  }

  private tell(line: Line, event: unknown): void {
    line.send(JSON.stringify(event))
  }
}
