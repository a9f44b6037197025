/** Who follows which channel, and how far each has come: decides what is new and where to go on after a lost line. */
import type {
  AgentUpdate,
  SocketAccepted,
  SocketError,
  SocketEvent,
  SocketPong,
  SocketReady,
  SocketReload,
  SocketSubscribed,
  SwarmUpdate,
} from './wire'

/** An event of a channel, or the word that some are gone. */
export type ChannelEvent = Exclude<SocketEvent, SocketAccepted | SocketError | SocketPong | SocketReady | SocketSubscribed>
type Numbered = Extract<ChannelEvent, { turn_id: string } | { type: 'village_event' | 'council_update' }>
export type Follower = (event: ChannelEvent) => void

interface Follow {
  /** The last sequence number had; null follows live and is told to reload after every gap. */
  last: string | null
  run: Follower
}

/** Order of two sequence numbers `<millis>-<count>`: negative, zero or positive. */
export function compareSeq(one: string, other: string): number {
  const [a = '0', b = '0'] = one.split('-')
  const [c = '0', d = '0'] = other.split('-')
  return Number(a) - Number(c) || Number(b) - Number(d)
}

export class Channels {
  private readonly follows = new Map<string, Set<Follow>>()

  names(): string[] {
    return [...this.follows.keys()]
  }

  has(channel: string): boolean {
    return this.follows.has(channel)
  }

  add(channel: string, after: string | null, run: Follower): () => void {
    const follow: Follow = { last: after, run }
    const followers = this.follows.get(channel) ?? new Set()
    this.follows.set(channel, followers.add(follow))
    return () => {
      followers.delete(follow)
      if (followers.size === 0 && this.follows.get(channel) === followers) this.follows.delete(channel)
    }
  }

  /** Where a new subscription must begin: at what the slowest follower has. */
  after(channel: string): string | null {
    const marks = [...(this.follows.get(channel) ?? [])].flatMap((follow) => (follow.last === null ? [] : [follow.last]))
    return marks.length ? marks.reduce((least, mark) => (compareSeq(mark, least) < 0 ? mark : least)) : null
  }

  /** Live followers may have missed something while the line was down: they read anew. */
  subscribed(channel: string): void {
    for (const follow of [...(this.follows.get(channel) ?? [])]) {
      if (follow.last === null) follow.run({ type: 'reload', channel, seq: '' })
    }
  }

  deliver(event: ChannelEvent): void {
    if (event.type === 'reload') return this.reload(event)
    if (event.type === 'conversation_updated') return this.spread(event, event.conversation.id)
    if (event.type === 'conversation_deleted') return this.spread(event, event.conversation_id)
    if (event.type === 'agent_update') return this.share(event, channelsOfAgent(event))
    if (event.type === 'swarm_update') return this.share(event, [`swarm:${event.swarm_id}`, ...(event.item ? [] : ['user:'])])
    if (event.type === 'village_event') return this.pass(`realm:${event.realm_id}`, event)
    if (event.type === 'council_update') return this.pass(`council:${event.council_id}`, event)
    if (!('turn_id' in event)) return this.spread(event, null)
    this.pass(`conversation:${event.conversation_id}`, event)
  }

  /** To who follows the channel that brought it, once each. */
  private pass(channel: string, event: Numbered): void {
    for (const follow of [...(this.follows.get(channel) ?? [])]) {
      if (follow.last !== null) {
        if (compareSeq(event.seq, follow.last) <= 0) continue
        follow.last = event.seq
      }
      follow.run(event)
    }
  }

  private reload(event: SocketReload): void {
    for (const follow of [...(this.follows.get(event.channel) ?? [])]) {
      if (follow.last !== null) {
        if (compareSeq(event.seq, follow.last) < 0) continue
        follow.last = event.seq
      }
      follow.run(event)
    }
  }

  /** One thing told on several channels, each with its own count: it moves no mark. `user:` is the person's, whoever it is. */
  private share(event: AgentUpdate | SwarmUpdate, channels: readonly string[]): void {
    for (const [channel, followers] of [...this.follows]) {
      if (!channels.includes(channel.startsWith('user:') ? 'user:' : channel)) continue
      for (const follow of [...followers]) follow.run(event)
    }
  }

  /** Events that don't say which channel brought them go to all they may be meant for; they move no mark. */
  private spread(event: ChannelEvent, conversation: string | null): void {
    for (const [channel, followers] of [...this.follows]) {
      if (!channel.startsWith('user:') && channel !== `conversation:${conversation ?? ''}`) continue
      for (const follow of [...followers]) follow.run(event)
    }
  }
}

/** Its own, that of the agent, swarm or council at the top, and the person's when a person made it. */
function channelsOfAgent({ agent }: AgentUpdate): string[] {
  return [`agent:${agent.id}`, ...['agent', 'swarm', 'council'].map((kind) => `${kind}:${agent.root_id}`), ...(agent.level === 0 ? ['user:'] : [])]
}
