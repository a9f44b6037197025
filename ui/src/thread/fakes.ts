/** A conversation's server for tests: what was asked of it is noted, and its events come when the test says so. */
import { ApiError } from '@/api'
import type { ChannelEvent } from '@/channels'
import { CommandError, type DurableCommand } from '@/socket'
import type {
  AnswerApproval,
  Approval,
  Conversation,
  ConversationChange,
  ConversationDetail,
  Message,
  MessagesPage,
  SocketAccepted,
} from '@/wire'

import type { ThreadParts } from './thread'

export const CONVERSATION: Conversation = {
  id: 'c',
  title: null,
  model: null,
  agent: null,
  favorite: false,
  archived: false,
  tags: [],
  created_at: '2026-01-01',
  updated_at: '2026-01-01',
  leaf_id: null,
  waiting: false,
}

export function message(id: string, more: Partial<Message> = {}): Message {
  return {
    id,
    parent_id: null,
    turn_id: null,
    step: 0,
    role: 'user',
    content: `says ${id}`,
    thinking: null,
    tool_calls: [],
    tool_results: [],
    attachments: [],
    model: null,
    stop_reason: null,
    status: 'complete',
    tokens_used: null,
    cost_usd: null,
    agent: null,
    created_at: '2026-01-01',
    siblings: [id],
    ...more,
  }
}

export function detail(messages: Message[], more: Partial<ConversationDetail> = {}): ConversationDetail {
  const nothing = { next_cursor: null, turns: [], approvals: [], seq: '0-0', tokens_used: 0, cost_usd: 0 }
  return { conversation: CONVERSATION, messages, ...nothing, ...more }
}

export function approval(id: string, more: Partial<Approval> = {}): Approval {
  return {
    id,
    conversation_id: 'c',
    turn_id: 't',
    message_id: 'a',
    call_id: `call ${id}`,
    tool: 'send',
    arguments: { to: 'mallory@example.com' },
    reason: 'untrusted',
    status: 'pending',
    created_at: '2026-01-01T08:00:00Z',
    expires_at: '2026-01-02T08:00:00Z',
    answered_at: null,
    ...more,
  }
}

export class FakeServer implements ThreadParts {
  snapshot: ConversationDetail = detail([])
  pages = new Map<string, MessagesPage>()
  refusal: string | null = null
  readonly commands: DurableCommand[] = []
  readonly stops: (string | null)[] = []
  readonly answers: (AnswerApproval & { id: string })[] = []
  readonly changes: ConversationChange[] = []
  readonly follows: { id: string; after: string }[] = []
  loads = 0
  private onEvent: ((event: ChannelEvent) => void) | null = null

  async load(): Promise<ConversationDetail> {
    this.loads += 1
    return this.snapshot
  }

  async older(_id: string, cursor: string): Promise<MessagesPage> {
    return this.pages.get(cursor) ?? { messages: [], next_cursor: null }
  }

  async message(_id: string, messageId: string): Promise<Message> {
    const found = this.snapshot.messages.find(({ id }) => id === messageId)
    if (!found) throw new Error(`no message ${messageId}`)
    return found
  }

  async change(_id: string, change: ConversationChange): Promise<Conversation> {
    this.changes.push(change)
    return this.snapshot.conversation
  }

  follow(id: string, after: string, onEvent: (event: ChannelEvent) => void): () => void {
    this.follows.push({ id, after })
    this.onEvent = onEvent
    return () => {
      if (this.onEvent === onEvent) this.onEvent = null
    }
  }

  async command(command: DurableCommand): Promise<SocketAccepted> {
    this.commands.push(command)
    if (this.refusal) throw new CommandError('refused', this.refusal)
    return { type: 'accepted', id: command.id, turn_id: 't', conversation_id: 'c', message_id: 'u', seq: '1-0' }
  }

  async answer(approvalId: string, answer: AnswerApproval): Promise<Approval> {
    this.answers.push({ id: approvalId, ...answer })
    if (this.refusal) throw new ApiError(409, this.refusal)
    return approval(approvalId, { status: answer.approve ? 'approved' : 'denied' })
  }

  stop(_id: string, turnId: string | null): void {
    this.stops.push(turnId)
  }

  emit(...events: ChannelEvent[]): void {
    for (const event of events) this.onEvent?.(event)
  }
}
