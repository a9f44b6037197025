/** One open conversation: loads it, follows its channel, sends what a person says. Knows the wire, draws nothing. */
import { computed, shallowRef, type ComputedRef, type ShallowRef } from 'vue'

import { api, ApiError, errorText } from '@/api'
import type { ChannelEvent } from '@/channels'
import { CommandError, socket, type DurableCommand } from '@/socket'
import type {
  AnswerApproval,
  Approval,
  Attachment,
  Conversation,
  ConversationChange,
  ConversationDetail,
  Message,
  MessagesPage,
  SocketAccepted,
} from '@/wire'

import { asked } from './approvals'
import { newCommandId } from './commandId'
import { gatherFrames } from './frames'
import { accepted, fetched, olderLoaded, redoing, redoRefused, refused, sent, withdrawn } from './local'
import { reduce } from './reduce'
import { hearSpeaker } from './speakers'
import { BLANK, hydrate, type ThreadState } from './state'

const RETRY_DELAY = 2_000
const PAGE = 200
const MOST_PAGES = 100

/** The outside that a thread needs: the real one, or a test's. */
export interface ThreadParts {
  load(id: string): Promise<ConversationDetail>
  older(id: string, cursor: string): Promise<MessagesPage>
  message(id: string, messageId: string): Promise<Message>
  change(id: string, change: ConversationChange): Promise<Conversation>
  follow(id: string, after: string, onEvent: (event: ChannelEvent) => void): () => void
  command(command: DurableCommand): Promise<SocketAccepted>
  stop(id: string, turnId: string | null): void
  answer(approvalId: string, answer: AnswerApproval, key: string): Promise<Approval>
}

export interface Outgoing {
  message: string
  attachments: readonly Attachment[]
  model?: string | null
  /** Who answers from now on; absent: who did. */
  agent?: string | null
  thinkingTokens?: number | null
  /** Where it branches off; absent: at the end. */
  branch?: { parentId: string | null }
}

export type Phase = 'blank' | 'loading' | 'open' | 'missing' | 'broken'

export const LIVE_PARTS: ThreadParts = {
  load: (id) => api.get(`/chat/conversations/${id}`),
  older: (id, cursor) => api.get(`/chat/conversations/${id}/messages`, { query: { cursor, limit: PAGE } }),
  message: (id, messageId) => api.get(`/chat/conversations/${id}/messages/${messageId}`),
  change: (id, change) => api.patch(`/chat/conversations/${id}`, change),
  follow: (id, after, onEvent) => socket.follow(`conversation:${id}`, after, onEvent),
  command: (command) => socket.command(command),
  stop: (id, turnId) => socket.stop(id, turnId),
  answer: (approvalId, answer, idempotencyKey) => api.post(`/approvals/${approvalId}`, answer, { idempotencyKey }),
}

export class Thread {
  readonly state: ShallowRef<ThreadState> = shallowRef(BLANK)
  readonly id: ShallowRef<string | null> = shallowRef(null)
  readonly phase: ShallowRef<Phase> = shallowRef('blank')
  readonly failure: ShallowRef<string | null> = shallowRef(null)
  readonly loadingOlder: ShallowRef<boolean> = shallowRef(false)
  /** The turn that was asked to stop. */
  readonly stopping: ShallowRef<string | null> = shallowRef(null)
  readonly running: ComputedRef<boolean> = computed(() => isRunning(this.state.value))

  private readonly frames = gatherFrames<ChannelEvent>((events) => this.take(events))
  private unfollow: () => void = () => undefined
  private mending: Promise<void> | null = null
  /** Raised with every conversation that is opened, so that answers meant for an earlier one are dropped. */
  private era = 0

  constructor(private readonly parts: ThreadParts = LIVE_PARTS) {}

  /** Show a conversation, or with null a blank one. `known` is shown until the server has answered. */
  async open(id: string | null, known: ThreadState = BLANK): Promise<void> {
    this.leave()
    this.id.value = id
    this.state.value = known
    this.failure.value = null
    this.phase.value = id === null ? 'blank' : known === BLANK ? 'loading' : 'open'
    if (id !== null) await this.refresh()
  }

  leave(): void {
    this.era += 1
    this.unfollow()
    this.unfollow = () => undefined
    this.frames.clear()
    this.mending = null
    this.stopping.value = null
  }

  /** Load the state and go on from it. */
  async refresh(until?: string): Promise<void> {
    const era = this.era
    const id = this.id.value
    if (id === null) return
    try {
      const detail = await this.reach(await this.parts.load(id), until)
      if (era !== this.era) return
      this.frames.clear()
      this.state.value = hydrate(detail, this.state.value)
      this.phase.value = 'open'
      this.follow(id, detail.seq)
    } catch (error) {
      if (era !== this.era) return
      this.failure.value = errorText(error)
      if (error instanceof ApiError && error.status === 404) this.phase.value = 'missing'
      else if (this.phase.value === 'open') throw error
      else this.phase.value = 'broken'
    }
  }

  /** With the pages down to the message `until`. */
  private async reach(detail: ConversationDetail, until: string | undefined): Promise<ConversationDetail> {
    let { messages, next_cursor: cursor } = detail
    for (let page = 0; until && cursor && page < MOST_PAGES && !messages.some(({ id }) => id === until); page += 1) {
      const older = await this.parts.older(detail.conversation.id, cursor)
      messages = [...older.messages, ...messages]
      cursor = older.next_cursor
    }
    return { ...detail, messages, next_cursor: cursor }
  }

  /** Say something. False when it was refused; it then stands there with the reason. */
  async send(outgoing: Outgoing): Promise<boolean> {
    const commandId = newCommandId()
    const { message, attachments, branch } = outgoing
    const parentId = branch ? branch.parentId : (this.state.value.messages.at(-1)?.id ?? null)
    const root = branch?.parentId === null
    this.change((state) => sent(state, { commandId, content: message, attachments, parentId, root, messageId: null, failure: null }))
    return this.command(
      {
        type: 'chat',
        id: commandId,
        message,
        conversation_id: this.id.value,
        model: outgoing.model,
        ...(outgoing.agent ? { agent: outgoing.agent } : {}),
        thinking_tokens: outgoing.thinkingTokens,
        attachments: attachments.map(({ id }) => id),
        ...(branch ? { parent_id: branch.parentId, root } : {}),
      },
      (answer) => {
        if (outgoing.agent) hearSpeaker(answer.turn_id, outgoing.agent, true)
        this.change((state) => accepted(state, commandId, answer))
      },
      (reason) => this.change((state) => refused(state, commandId, reason)),
    )
  }

  /** Take back what was refused. */
  withdraw(commandId: string): void {
    this.change((state) => withdrawn(state, commandId))
  }

  /** Answer a message of the person anew, as another branch. */
  async regenerate(userMessageId: string, model?: string | null): Promise<boolean> {
    const commandId = newCommandId()
    const id = this.id.value
    if (id === null) return false
    this.change((state) => redoing(state, commandId, userMessageId))
    return this.command(
      { type: 'regenerate', id: commandId, conversation_id: id, message_id: userMessageId, model },
      () => undefined,
      (reason) => {
        this.change((state) => redoRefused(state, commandId))
        this.failure.value = reason
      },
    )
  }

  stop(): void {
    if (!this.running.value) return
    const id = this.id.value
    const turnId = this.state.value.turn?.id ?? null
    this.stopping.value = turnId ?? 'next'
    if (id !== null && turnId !== null) this.parts.stop(id, turnId)
  }

  /** Say whether a tool may run. What is not asked any more is not shown any more, and the reason is thrown. */
  async answer(approvalId: string, answer: AnswerApproval): Promise<void> {
    const era = this.era
    try {
      const approval = await this.parts.answer(approvalId, answer, newCommandId())
      if (era === this.era) this.change((state) => asked(state, approval))
    } catch (error) {
      if (era === this.era && error instanceof ApiError && (error.status === 404 || error.status === 409)) await this.refresh()
      throw error
    }
  }

  /** Go over to the branch through this message. */
  async walk(messageId: string): Promise<void> {
    const id = this.id.value
    if (id === null) return
    await this.parts.change(id, { leaf_id: messageId })
    await this.refresh(messageId)
  }

  /** True when more messages came. */
  async loadOlder(): Promise<boolean> {
    const { value: id } = this.id
    const cursor = this.state.value.olderCursor
    if (id === null || cursor === null || this.loadingOlder.value) return false
    const era = this.era
    this.loadingOlder.value = true
    try {
      const page = await this.parts.older(id, cursor)
      if (era === this.era) this.change((state) => olderLoaded(state, cursor, page))
      return era === this.era
    } finally {
      this.loadingOlder.value = false
    }
  }

  private async command(
    command: DurableCommand,
    onAccepted: (answer: SocketAccepted) => void,
    onRefused: (reason: string) => void,
  ): Promise<boolean> {
    const era = this.era
    try {
      const answer = await this.parts.command(command)
      if (era !== this.era) return true
      onAccepted(answer)
      if (this.id.value === null) this.adopt(answer.conversation_id)
      return true
    } catch (error) {
      if (era === this.era) onRefused(error instanceof CommandError ? errorText(error) : 'It could not be sent.')
      return false
    }
  }

  /** The first message has made the conversation. Its channel is read from the beginning. */
  private adopt(id: string): void {
    this.id.value = id
    this.phase.value = 'open'
    this.follow(id, '0-0')
  }

  private follow(id: string, after: string): void {
    this.unfollow()
    this.unfollow = this.parts.follow(id, after, (event) => this.frames.push(event))
  }

  private take(events: readonly ChannelEvent[]): void {
    if (events.some((event) => event.type === 'conversation_deleted' && event.conversation_id === this.id.value)) {
      this.phase.value = 'missing'
    }
    this.change((state) => events.reduce(reduce, state))
  }

  private change(change: (state: ThreadState) => ThreadState): void {
    const state = change(this.state.value)
    this.state.value = state
    if (this.stopping.value && !isRunning(state)) this.stopping.value = null
    else if (this.stopping.value === 'next' && state.turn) this.stop()
    if (state.stale || state.wanted.length) this.mend()
  }

  /** Fetch what the events did not bring, again and again until the server is reached. */
  private mend(): void {
    const era = this.era
    this.mending ??= (this.state.value.stale ? this.refresh() : this.fetchWanted())
      .catch(() => new Promise<void>((resolve) => setTimeout(resolve, RETRY_DELAY)))
      .then(() => {
        if (era !== this.era) return
        this.mending = null
        if (this.phase.value === 'open' && (this.state.value.stale || this.state.value.wanted.length)) this.mend()
      })
  }

  private async fetchWanted(): Promise<void> {
    const era = this.era
    const id = this.id.value
    if (id === null) return
    const found = await Promise.all(this.state.value.wanted.map((messageId) => this.parts.message(id, messageId)))
    if (era === this.era) this.change((state) => fetched(state, found))
  }
}

export function isRunning(state: ThreadState): boolean {
  return state.turn !== null || state.redo !== null || state.pending.some((one) => one.failure === null)
}
