/** Commands that are not yet accepted: each is sent on every line, with its id, until the server says that it is stored. */
import type { SocketAccepted, SocketChat, SocketError, SocketRegenerate } from './wire'

export type DurableCommand = SocketChat | SocketRegenerate

/** What passes by itself: the same command is sent again a few times before people hear of it. */
const PASSING = new Set(['rate_limited', 'busy', 'unavailable', 'temporary'])
const TRIES = 6
const AGAIN = 1_000

export class CommandError extends Error {
  constructor(
    readonly code: string,
    readonly title: string,
    readonly detail: string | null = null,
    readonly retryAfter: number | null = null,
  ) {
    super(detail ?? title)
    this.name = 'CommandError'
  }
}

interface Waiting {
  command: DurableCommand
  /** Milliseconds; null while it was never sent, or waits to be sent again. */
  sentAt: number | null
  tries: number
  resolve: (accepted: SocketAccepted) => void
  reject: (error: Error) => void
}

export class Commands {
  private readonly waiting = new Map<string, Waiting>()

  constructor(private readonly send: (command: DurableCommand) => void) {}

  add(command: DurableCommand, signal?: AbortSignal): Promise<SocketAccepted> {
    return new Promise((resolve, reject) => {
      const abort = () => this.reject(command.id, new DOMException('Aborted', 'AbortError'))
      this.waiting.set(command.id, { command, sentAt: null, tries: 0, resolve, reject })
      if (signal?.aborted) abort()
      signal?.addEventListener('abort', abort, { once: true })
    })
  }

  sendOne(id: string): void {
    const waiting = this.waiting.get(id)
    if (!waiting) return
    waiting.sentAt = Date.now()
    this.send(waiting.command)
  }

  sendAll(): void {
    ;[...this.waiting.keys()].forEach((id) => this.sendOne(id))
  }

  accepted(event: SocketAccepted): void {
    this.waiting.get(event.id)?.resolve(event)
    this.waiting.delete(event.id)
  }

  /** Milliseconds after which to send it again; null when it has failed for good, and its sender was told. */
  refused(id: string, event: SocketError): number | null {
    const waiting = this.waiting.get(id)
    if (waiting && passing(event) && ++waiting.tries < TRIES) {
      waiting.sentAt = null
      return pause(event, waiting.tries)
    }
    this.reject(id, new CommandError(event.code, event.title, event.detail, event.retry_after))
    return null
  }

  /** The server read no further than the size of it, so it cannot say whose fault it is: ours is the largest. */
  tooLarge(event: SocketError): void {
    const sent = [...this.waiting.values()].filter((waiting) => waiting.sentAt !== null)
    const largest = sent.sort((one, other) => sizeOf(other.command) - sizeOf(one.command))[0]
    if (largest) this.reject(largest.command.id, new CommandError(event.code, event.title, event.detail))
  }

  /** Whether one has waited longer than that for its acceptance. */
  overdue(milliseconds: number): boolean {
    return [...this.waiting.values()].some(({ sentAt }) => sentAt !== null && Date.now() - sentAt > milliseconds)
  }

  failAll(make: () => Error, { sentOnly = false } = {}): void {
    for (const [id, { sentAt }] of [...this.waiting]) if (!sentOnly || sentAt !== null) this.reject(id, make())
  }

  private reject(id: string, error: Error): void {
    this.waiting.get(id)?.reject(error)
    this.waiting.delete(id)
  }
}

export function passing(event: SocketError): boolean {
  return PASSING.has(event.code)
}

export function pause(event: SocketError, tries: number): number {
  return Math.max((event.retry_after ?? 0) * 1000, AGAIN * tries)
}

function sizeOf(command: DurableCommand): number {
  return command.type === 'chat' ? command.message.length : 0
}
