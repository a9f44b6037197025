/** What the parts of the conversation view share: the thread, and what a person can do in it. */
import { computed, inject, onScopeDispose, provide, shallowRef, watch, type ComputedRef, type InjectionKey, type ShallowRef } from 'vue'

import { announce } from '@/announce'
import { useAgents } from '@/stores/agents'
import { useAuth } from '@/stores/auth'
import { useModels } from '@/stores/models'
import { usePreferences } from '@/stores/preferences'
import { useToasts } from '@/stores/toasts'
import { ASSISTANT } from '@/village/map/looks'
import type { Approval, Attachment, Model } from '@/wire'

import { recall, remember } from './openThreads'
import { hearSpeaker } from './speakers'
import type { EndedTurn, LiveTurn, PendingMessage } from './state'
import { Thread, type Outgoing } from './thread'

export interface ThreadContext {
  readonly thread: Thread
  /** The work of an agent, to be looked at: nothing is said, edited or answered anew here. */
  readonly readOnly: boolean
  readonly live: ComputedRef<LiveTurn | null>
  readonly ended: ComputedRef<EndedTurn | null>
  readonly busy: ComputedRef<boolean>
  /** The model that the next message goes to. */
  readonly model: ComputedRef<Model | null>
  /** Who answers the next message. */
  readonly agent: ComputedRef<string>
  /** Keeps the view where it is; set by the list. */
  holdPlace: () => void
  /** The message of the person that is being edited. */
  readonly editing: ShallowRef<string | null>
  open(id: string | null): Promise<void>
  choose(model: string): void
  chooseAgent(agent: string): void
  say(outgoing: Omit<Outgoing, 'model' | 'agent' | 'thinkingTokens' | 'branch'>): void
  /** Send once more what was refused, to the same place. */
  again(pending: PendingMessage): void
  edit(messageId: string, text: string, attachments: readonly Attachment[]): void
  regenerate(userMessageId: string, model?: string): void
  walk(messageId: string): Promise<void>
  /** What tools of the answer that runs wait for. */
  readonly approvals: ComputedRef<readonly Approval[]>
  answer(approval: Approval, approve: boolean, always: boolean): Promise<void>
}

const KEY: InjectionKey<ThreadContext> = Symbol('thread')

export function useThread(): ThreadContext {
  const context = inject(KEY)
  if (!context) throw new Error('This part stands outside of a thread.')
  return context
}

/** `moved` runs whenever the view should go to the end, since something was said. */
export function provideThread(moved: () => void, readOnly = false): ThreadContext {
  const thread = new Thread()
  const auth = useAuth()
  const models = useModels()
  const preferences = usePreferences()
  const chosen = shallowRef<string | null>(null)
  const agents = useAgents()
  const chosenAgent = shallowRef<string | null>(null)
  const editing = shallowRef<string | null>(null)

  const agent = computed(() => chosenAgent.value ?? thread.state.value.conversation?.agent ?? ASSISTANT)
  watch(
    () => [thread.state.value.turn?.id ?? null, thread.state.value.conversation] as const,
    ([turnId, conversation]) => turnId !== null && conversation && hearSpeaker(turnId, conversation.agent),
  )

  const model = computed(() => {
    const wished = chosen.value ?? thread.state.value.conversation?.model ?? preferences.values.model
    return models.find(wished) ?? models.find(models.defaultId)
  })

  // Another person who signs in on this page must not meet what this one had open.
  const keyOf = (id: string) => `${auth.user?.id ?? ''}:${id}`
  function keep(): void {
    if (thread.id.value) remember(keyOf(thread.id.value), thread.state.value)
  }

  function thinkingTokens(): number | undefined {
    return model.value?.thinking ? preferences.values.thinking_tokens : undefined
  }

  function dispatch(outgoing: Omit<Outgoing, 'model' | 'agent' | 'thinkingTokens'>): void {
    editing.value = null
    announce('Message sent')
    void thread.send({ ...outgoing, model: model.value?.id, agent: chosenAgent.value, thinkingTokens: thinkingTokens() })
    moved()
  }

  const context: ThreadContext = {
    thread,
    readOnly,
    model,
    agent,
    editing,
    live: computed(() => thread.state.value.turn),
    ended: computed(() => thread.state.value.ended),
    busy: thread.running,
    holdPlace: () => undefined,
    async open(id) {
      keep()
      chosen.value = null
      chosenAgent.value = id === null ? agents.wished : null
      agents.wished = null
      editing.value = null
      await thread.open(id, id === null ? undefined : recall(keyOf(id)))
    },
    choose(id) {
      chosen.value = id
      void preferences.save({ model: id }).catch(useToasts().fail)
    },
    chooseAgent(name) {
      chosenAgent.value = name
      announce(`${agents.looks(name).name} answers`)
    },
    say: dispatch,
    again({ commandId, content, attachments, parentId, root }) {
      thread.withdraw(commandId)
      const atEnd = !root && parentId === (thread.state.value.messages.at(-1)?.id ?? null)
      dispatch({ message: content, attachments, branch: atEnd ? undefined : { parentId: root ? null : parentId } })
    },
    edit(messageId, message, attachments) {
      const edited = thread.state.value.messages.find(({ id }) => id === messageId)
      if (edited) dispatch({ message, attachments, branch: { parentId: edited.parent_id } })
    },
    regenerate(userMessageId, other) {
      announce('Answering anew')
      void thread.regenerate(userMessageId, other ?? model.value?.id)
      moved()
    },
    async walk(messageId) {
      context.holdPlace()
      await thread.walk(messageId).catch(useToasts().fail)
    },
    approvals: computed(() => thread.state.value.approvals.filter((one) => one.turn_id === thread.state.value.turn?.id)),
    async answer(approval, approve, always) {
      await thread.answer(approval.id, { approve, always })
      announce(approve ? `${approval.tool} may run` : `${approval.tool} may not run`)
      if (always) await preferences.load().catch(() => undefined)
    },
  }
  provide(KEY, context)
  onScopeDispose(() => {
    keep()
    thread.leave()
  })
  return context
}
