// Generated from wire.py and the *_wire.py modules in serve/ by `npm run wire`.

/** The command is durable; the turn will run. */
export interface Accepted {
  turn_id: string
  conversation_id: string
  message_id: string | null
  /** Events of the turn come after this sequence number. */
  seq: string
}

export interface AgentUpdate {
  seq: string
  type: "agent_update"
  agent_id: string
  status: string
}

/** Whether a tool may run. `always` makes this answer the rule for that tool: it always runs, or never. */
export interface AnswerApproval {
  approve: boolean
  always?: boolean
}

/** A tool that waits for the person's word, or what became of that. The answer counts once, for these arguments. */
export interface Approval {
  id: string
  conversation_id: string
  turn_id: string
  message_id: string
  call_id: string
  tool: string
  arguments: Record<string, unknown>
  /** rule: this person wants to be asked. untrusted: text by strangers is in what the model has read. */
  reason: "rule" | "untrusted"
  status: "pending" | "approved" | "denied" | "expired"
  created_at: string
  expires_at: string
  answered_at: string | null
}

export interface ApprovalAnswered {
  seq: string
  conversation_id: string
  turn_id: string
  type: "approval_answered"
  approval: Approval
}

/** A tool waits for the person's word. The same one may be told twice. */
export interface ApprovalRequested {
  seq: string
  conversation_id: string
  turn_id: string
  type: "approval_requested"
  approval: Approval
}

export interface Approvals {
  /** Oldest first. */
  approvals: Approval[]
}

export interface Attachment {
  id: string
  name: string
  media_type: string
  kind: "image" | "text" | "document"
  size: number
}

export interface Conversation {
  id: string
  title: string | null
  model: string | null
  favorite: boolean
  archived: boolean
  tags: string[]
  created_at: string
  updated_at: string
  leaf_id: string | null
}

export interface ConversationChange {
  title?: string | null
  favorite?: boolean | null
  archived?: boolean | null
  tags?: string[] | null
  /** Any message: the branch through it becomes the current one. */
  leaf_id?: string | null
  model?: string | null
  /** Undo a deletion (within 30 days). */
  deleted?: false | null
}

export interface ConversationDeleted {
  seq: string
  type: "conversation_deleted"
  conversation_id: string
}

/** A conversation as it stands: the newest messages of the current branch, what runs, and where to listen on. */
export interface ConversationDetail {
  conversation: Conversation
  /** Oldest first, the end of the current branch last. */
  messages: Message[]
  /** For the messages before these. */
  next_cursor: string | null
  /** Queued, running, and the last failed one. */
  turns: Turn[]
  /** What the running turn waits for, oldest first. */
  approvals: Approval[]
  /** Follow the channel after this number; the events of a running turn come whole. */
  seq: string
  tokens_used: number
  cost_usd: number
}

/** On the user's channel `user:<id>` and on the conversation's. */
export interface ConversationUpdated {
  seq: string
  type: "conversation_updated"
  conversation: Conversation
}

export interface Conversations {
  conversations: ListedConversation[]
  next_cursor: string | null
}

/** Run a tool with these arguments. */
export interface ExecuteTool {
  name: string
  arguments?: Record<string, unknown>
  /** The conversation that it works on. */
  conversation_id?: string | null
}

/** A file or folder of the workspace. */
export interface FileEntry {
  /** It stays when the path or the content changes, and when it is deleted and had back. */
  id: string
  /** Below the workspace; parts are divided by `/`. */
  path: string
  /** The last part of the path. */
  name: string
  is_folder: boolean
  /** In bytes; 0 for a folder. */
  size: number
  /** What the name says it is; null for a folder. */
  media_type: string | null
  /** It is UTF-8 text. */
  is_text: boolean
  /** Of the content, in hex; null for a folder. */
  sha256: string | null
  created_at: string
  /** When the content last changed. */
  updated_at: string
}

/** A part of what a folder holds. */
export interface FileList {
  /** Its path; "" is the workspace itself. */
  folder: string
  /** Folders first. */
  entries: FileEntry[]
  /** How many the folder has, over all pages. */
  total: number
  next_cursor: string | null
}

/** A file or folder whose path has the words, or a line of a text that has them. */
export interface FileMatch {
  file: FileEntry
  /** Counted from 1; null where the path has them. */
  line: number | null
  /** The line, cut around the words. */
  snippet: string | null
}

export interface FileSearch {
  /** Paths first, then lines of the texts that changed last; at most five lines of a file. */
  matches: FileMatch[]
  /** Texts that were read. */
  searched: number
  /** Whether everything was searched and told. If not, a narrower folder or other words find more. */
  complete: boolean
}

/** How much there is, and how much there may be. */
export interface FileUsage {
  bytes: number
  most_bytes: number
  /** Files and folders. */
  entries: number
  most_entries: number
  /** Largest file. */
  most_file_bytes: number
  /** What was deleted and replaced; it does not count as `bytes`. */
  kept_bytes: number
  /** Above this, the oldest goes before its time. */
  most_kept_bytes: number
  /** How long what was deleted or replaced can be had back. */
  kept_days: number
}

/** What a file held until it was replaced. */
export interface FileVersion {
  id: string
  size: number
  sha256: string
  media_type: string
  is_text: boolean
  written_at: string
  replaced_at: string
  expires_at: string
}

export interface FileVersions {
  /** The newest first; at most 1,000. */
  versions: FileVersion[]
}

export interface Health {
  status: "ok" | "ready"
}

/** A run as it is kept: its arguments and what it said are cut at 4,000 characters each. */
export interface KeptToolRun {
  id: string
  tool: string
  arguments: Record<string, unknown>
  /** Of the whole arguments, as canonical JSON. */
  arguments_sha256: string
  outcome: "succeeded" | "failed" | "stopped" | "interrupted" | "ended" | "refused"
  content: string
  /** None when it never ran to an end. */
  seconds: number | null
  /** What it was allowed, and what its programs used of it. */
  limits: Record<string, unknown>
  by: "agent" | "person"
  conversation_id: string | null
  ended_at: string
}

export interface ListedConversation {
  id: string
  title: string | null
  model: string | null
  favorite: boolean
  archived: boolean
  tags: string[]
  created_at: string
  updated_at: string
  leaf_id: string | null
  /** In a search, unless only the title has the words. */
  match: Match | null
}

export interface ListedTool {
  name: string
  family: string
  summary: string
  facts: ToolFacts
}

/** An event of a conversation's channel. */
export interface LogEvent {
  seq: string
  conversation_id: string
  turn_id: string
}

export interface Login {
  email: string
  password: string
  cookie?: boolean
}

/** Make a folder, and those on the way. */
export interface MakeFolder {
  path: string
}

/** Where a search found its words. */
export interface Match {
  message_id: string
  /** An excerpt of the message. The words found stand between U+0002 and U+0003. */
  snippet: string
}

/** One message: a person's, or one step of an answer. Steps of one answer share `turn_id` and follow one another. */
export interface Message {
  id: string
  parent_id: string | null
  turn_id: string | null
  step: number
  role: "user" | "assistant" | "system"
  content: string
  thinking: string | null
  tool_calls: ToolCall[]
  tool_results: ToolResult[]
  attachments: Attachment[]
  model: string | null
  stop_reason: string | null
  status: "complete" | "stopped" | "failed"
  tokens_used: number | null
  cost_usd: number | null
  created_at: string
  /** Messages with the same parent and role, oldest first, this one among them: the branches at this point. */
  siblings: string[]
}

/** A person's message is in the conversation. */
export interface MessageAdded {
  seq: string
  conversation_id: string
  turn_id: string
  type: "message_added"
  message: Message
  command_id: string
}

/** The whole answer, for clients that do not stream. */
export interface MessageAnswer {
  conversation_id: string
  turn_id: string
  status: "completed" | "stopped" | "failed"
  content: string
  messages: Message[]
  tokens_used: number
  cost_usd: number
  error: TurnError | null
}

export interface MessagesPage {
  messages: Message[]
  next_cursor: string | null
}

export interface Model {
  id: string
  name: string
  provider: "anthropic" | "local" | "scripted"
  description: string
  context_tokens: number
  max_output_tokens: number
  thinking: boolean
  images: boolean
  tools: boolean
  input_usd_per_million: number
  output_usd_per_million: number
  /** A small model for trying things out: the page says so. */
  demo: boolean
}

export interface Models {
  default: string
  models: Model[]
}

/** Give a file or folder another path: rename it, or move it to another folder. Folders on the way are made. */
export interface MoveFile {
  path: string
}

/** What a person prefers. Unset means the default. */
export interface Preferences {
  model: string | null
  context_strategy: "aggressive" | "balanced" | "conservative" | "manual"
  thinking_tokens: number
  theme: "system" | "light" | "dark"
  send_with: "enter" | "ctrl-enter"
  /** Added to the system prompt of every conversation. */
  instructions: string
  /** Agents are given what the village knows about a message, beside it. */
  memories: boolean
  /** Which tools a model is given from the start; `GET /tools/presets` lists them. */
  tool_preset: "minimal" | "standard" | "creative" | "research" | "ml_training" | "full"
  /** Tools that always run, always ask first, or are never offered. For others the policy decides when to ask. */
  tool_rules: Record<string, "always" | "ask" | "never">
}

/** An error (RFC 9457). */
export interface Problem {
  type: string
  title: string
  status: number
  detail: string | null
  instance: string | null
  errors: (Record<string, unknown>)[] | null
}

export interface ProfileChange {
  display_name?: string | null
}

export interface Refresh {
  /** The refresh token, when it is not in the cookie. */
  refresh_token?: string | null
}

/** Answer the user message that `message_id` (a user message, or any message of its answer) belongs to anew. */
export interface Regenerate {
  message_id: string
  model?: string | null
}

export interface Register {
  email: string
  password: string
  display_name?: string | null
  /** Keep the refresh token in an HttpOnly cookie, not in the answer. */
  cookie?: boolean
}

/** Undo a deletion. */
export interface RestoreFile {
  /** Where it goes; where it was when left out. */
  path?: string | null
}

/** A process that carries actors. */
export interface RuntimeHost {
  id: string
  name: string
  node: string
  pid: number
  /** Processor time used, as a share of one core. */
  cpu: number
  /** How late its event loop runs (seconds). */
  lag: number
  /** As it last said. */
  actors: number
  capacity: number
  /** How long its lease still holds; negative when it ran out. */
  lease_seconds: number
  draining: boolean
  /** Protocol of the code that runs in it. */
  version: number
  alive: boolean
  started_at: string
}

/** The actors of one kind. */
export interface RuntimeKind {
  kind: string
  awake: number
  /** Those with unfinished work, awake or not. */
  pending: number
  /** Those with unfinished work that no live host has: they are woken within seconds. */
  orphaned: number
}

/** A machine, as far as hosts run on it. */
export interface RuntimeNode {
  node: string
  /** Those that are alive. */
  hosts: number
  actors: number
  capacity: number
  /** Of all its hosts together, in cores. */
  cpu: number
  /** The worst of its hosts (seconds). */
  lag: number
}

/** The runtime at one moment. */
export interface RuntimeState {
  at: string
  nodes: RuntimeNode[]
  hosts: RuntimeHost[]
  kinds: RuntimeKind[]
  /** In flight, the oldest first; at most 100 of them. */
  turns: RuntimeTurn[]
  turns_in_flight: number
  /** Of the last hour, the newest first; at most 50 of them. */
  recoveries: RuntimeTurn[]
  /** Ray's own page. */
  dashboard_url: string | null
}

/** A turn that has not ended, or that was recovered. */
export interface RuntimeTurn {
  id: string
  conversation_id: string
  status: "queued" | "running" | "completed" | "stopped" | "failed"
  /** How often it was begun; above one it was taken up after its host was lost. */
  attempts: number
  /** Since it was accepted. */
  age_seconds: number
  created_at: string
  started_at: string | null
  ended_at: string | null
}

/** A message to an agent; without a conversation it begins one. */
export interface SendMessage {
  message: string
  conversation_id?: string | null
  /** The message that this one follows; the conversation's current end when absent. Naming an earlier one branches. */
  parent_id?: string | null
  /** Begin a new first message (edit of the first one): parent_id is then ignored. */
  root?: boolean
  model?: string | null
  thinking_tokens?: number | null
  max_tokens?: number | null
  attachments?: string[]
  tools?: boolean
}

export interface SocketAccepted {
  turn_id: string
  conversation_id: string
  message_id: string | null
  /** Events of the turn come after this sequence number. */
  seq: string
  type: "accepted"
  /** The command's id. */
  id: string
}

/** Whether a tool may run. Done when `approval_answered` comes on the conversation's channel. */
export interface SocketAnswer {
  approve: boolean
  always?: boolean
  type: "answer_approval"
  /** Sent twice, it is one answer. */
  id: string
  approval_id: string
}

export interface SocketChat {
  message: string
  conversation_id?: string | null
  /** The message that this one follows; the conversation's current end when absent. Naming an earlier one branches. */
  parent_id?: string | null
  /** Begin a new first message (edit of the first one): parent_id is then ignored. */
  root?: boolean
  model?: string | null
  thinking_tokens?: number | null
  max_tokens?: number | null
  attachments?: string[]
  tools?: boolean
  type: "chat"
  /** Idempotency key of the command: sent twice, it makes one turn. */
  id: string
}

export interface SocketError {
  type: "error"
  code: string
  title: string
  detail: string | null
  /** The id of the command that failed, when it had one. */
  id: string | null
  retry_after: number | null
}

export interface SocketPing {
  type: "ping"
}

export interface SocketPong {
  type: "pong"
}

export interface SocketReady {
  type: "ready"
  user_id: string
  heartbeat_seconds: number
}

export interface SocketRegenerate {
  message_id: string
  model?: string | null
  type: "regenerate"
  id: string
  conversation_id: string
}

/** Events between what the client had and now are gone: load the channel's state again, then go on after `seq`. */
export interface SocketReload {
  type: "reload"
  channel: string
  seq: string
}

export interface SocketStop {
  type: "stop"
  conversation_id: string
  turn_id?: string | null
}

export interface SocketSubscribe {
  type: "subscribe"
  channel: string
  after?: string | null
}

export interface SocketSubscribed {
  type: "subscribed"
  channel: string
}

export interface SocketUnsubscribe {
  type: "unsubscribe"
  channel: string
}

/** A step is committed. When `length` (UTF-16 units of its content) is not what the client has, it fetches it. */
export interface StepFinished {
  seq: string
  conversation_id: string
  turn_id: string
  type: "step_finished"
  message_id: string
  length: number
  stop_reason: string | null
  status: "complete" | "stopped" | "failed"
  tokens_used: number
  cost_usd: number
}

/** The model begins to speak: one message of the answer. An earlier attempt at the same step is void. */
export interface StepStarted {
  seq: string
  conversation_id: string
  turn_id: string
  type: "step_started"
  message_id: string
  parent_id: string
  step: number
  model: string
}

export interface Thinking {
  seq: string
  conversation_id: string
  turn_id: string
  type: "thinking"
  message_id: string
  content: string
}

export interface Ticket {
  ticket: string
  expires_in: number
}

/** What a turn did when. */
export interface Timeline {
  turn_id: string
  conversation_id: string
  status: "queued" | "running" | "completed" | "stopped" | "failed"
  attempts: number
  accepted_at: string
  /** From acceptance to the end, or to now. */
  seconds: number
  spans: TimelineSpan[]
  marks: TimelineMark[]
  /** Whether the events were still there; else this is only what the database kept. */
  whole: boolean
}

/** Something that happened at one moment (seconds after the turn was accepted). */
export interface TimelineMark {
  kind: "accepted" | "started" | "first_token" | "committed" | "recovering" | "resumed" | "ended"
  at: number
  step: number | null
}

/** Something that took a while. Times are seconds after the turn was accepted. */
export interface TimelineSpan {
  kind: "queue" | "prepare" | "model" | "tool" | "recovery"
  /** The model or the tool; else what it is. */
  name: string
  step: number | null
  begin: number
  /** None while it goes on, and when nobody saw its end. */
  end: number | null
  /** When the model said its first word. */
  first_token: number | null
  failed: boolean
}

export interface Token {
  seq: string
  conversation_id: string
  turn_id: string
  type: "token"
  message_id: string
  content: string
}

export interface Tokens {
  access_token: string
  token_type: "Bearer"
  /** Seconds. */
  expires_in: number
  /** Absent when it was put in the cookie. */
  refresh_token: string | null
  user: User
}

export interface ToolCall {
  id: string
  name: string
  arguments: Record<string, unknown>
}

export interface ToolComplete {
  seq: string
  conversation_id: string
  turn_id: string
  type: "tool_complete"
  message_id: string
  id: string
  tool: string
  result: ToolResult
}

/** One use of a tool, and what comes back. */
export interface ToolExample {
  arguments: Record<string, unknown>
  result: unknown
  /** Another run gives other values under the same names. */
  varies: boolean
}

/** What a tool does beyond answering. */
export interface ToolFacts {
  /** Its result may hold text by strangers. */
  reads_untrusted: boolean
  /** It changes something. */
  side_effect: boolean
  /** It can send data out. */
  exfiltrates: boolean
  /** Run again with the same arguments, it changes nothing more. */
  idempotent: boolean
  /** It works on a conversation: name one to run it. */
  in_conversation: boolean
  /** How long one run may take. */
  seconds: number
}

export interface ToolFamily {
  name: string
  title: string
  description: string
  /** How many of its tools the list has, over all pages. */
  tools: number
}

/** Which tools a model is given from the start. */
export interface ToolPreset {
  name: "minimal" | "standard" | "creative" | "research" | "ml_training" | "full"
  title: string
  description: string
  tools: string[]
  /** What they add to every request, as JSON. */
  bytes: number
}

export interface ToolPresets {
  default: "minimal" | "standard" | "creative" | "research" | "ml_training" | "full"
  /** The cheapest first. */
  presets: ToolPreset[]
}

/** What a tool that runs does now, in a few words. The newest counts; none of it is kept. */
export interface ToolProgress {
  seq: string
  conversation_id: string
  turn_id: string
  type: "tool_progress"
  message_id: string
  id: string
  text: string
}

export interface ToolResult {
  id: string
  content: string
  is_error: boolean
  seconds: number | null
}

/** What a run came to. A tool that could not do it says why in `content`, and `is_error` is true. */
export interface ToolRun {
  name: string
  /** Text, or JSON as text. At most 50,000 characters; what is cut off is told at its end. */
  content: string
  is_error: boolean
  seconds: number
}

/** The newest first. */
export interface ToolRuns {
  runs: KeptToolRun[]
  next_cursor: string | null
}

/** All that a model and a form need to know of a tool. */
export interface ToolSchema {
  name: string
  family: string
  summary: string
  facts: ToolFacts
  description: string
  /** A JSON Schema of an object. */
  parameters: Record<string, unknown>
  example: ToolExample | null
}

export interface ToolStart {
  seq: string
  conversation_id: string
  turn_id: string
  type: "tool_start"
  message_id: string
  id: string
  tool: string
  arguments: Record<string, unknown>
}

export interface Tools {
  /** By family and name; in a search, best first. */
  tools: ListedTool[]
  families: ToolFamily[]
  total: number
  next_cursor: string | null
}

export interface Trash {
  /** The newest first. */
  deletions: TrashedFile[]
  next_cursor: string | null
}

/** A deletion: a file, or a folder with what was in it. */
export interface TrashedFile {
  file: FileEntry
  bytes: number
  /** Files and folders that went with it, itself included. */
  entries: number
  deleted_at: string
  /** Until then it can be had back, unless too much is kept. */
  expires_at: string
}

export interface Turn {
  id: string
  status: "queued" | "running" | "completed" | "stopped" | "failed"
  user_message_id: string | null
  /** The text of a message that still waits for its turn; it is in no branch yet. */
  message: string | null
  error: TurnError | null
}

export interface TurnEnded {
  seq: string
  conversation_id: string
  turn_id: string
  type: "turn_ended"
  status: "completed" | "stopped" | "failed"
  error: TurnError | null
  leaf_id: string | null
  tokens_used: number
  cost_usd: number
}

export interface TurnError {
  /** busy, unreachable, refused, too_long, too_many_steps, too_many_tokens, too_much_work, no_progress, recovery_exhausted, crashed, internal. */
  code: string
  title: string
  detail: string | null
  retryable: boolean
}

/** The host of the turn is gone (moved: it let go; crashed: it died); another goes on with it (alone: just it). */
export interface TurnRecovering {
  seq: string
  conversation_id: string
  turn_id: string
  type: "turn_recovering"
  reason: "moved" | "crashed" | "alone" | null
}

/** The turn goes on at this step: what came of this step and later ones before this event is void. */
export interface TurnResumed {
  seq: string
  conversation_id: string
  turn_id: string
  type: "turn_resumed"
  step: number
}

export interface TurnStarted {
  seq: string
  conversation_id: string
  turn_id: string
  type: "turn_started"
  user_message_id: string
}

export interface Uploaded {
  /** In the order in which they were sent. */
  files: FileEntry[]
}

export interface Usage {
  tokens_input: number
  tokens_output: number
  tokens_cache_read: number
  tokens_cache_write: number
  cost_usd: number
  rows: UsageRow[]
}

export interface UsageRow {
  day: string
  model: string
  calls: number
  tokens_input: number
  tokens_output: number
  tokens_cache_read: number
  tokens_cache_write: number
  cost_usd: number
}

export interface User {
  id: string
  email: string
  display_name: string | null
  created_at: string
  /** May see the runtime. */
  admin: boolean
}

export interface VillageEvent {
  seq: string
  type: "village_event"
  event: string
  data: Record<string, unknown>
}

export type SocketCommand =
  | SocketChat
  | SocketRegenerate
  | SocketStop
  | SocketAnswer
  | SocketSubscribe
  | SocketUnsubscribe
  | SocketPing

export type SocketEvent =
  | SocketAccepted
  | SocketError
  | SocketReady
  | SocketPong
  | SocketSubscribed
  | SocketReload
  | MessageAdded
  | TurnStarted
  | StepStarted
  | Token
  | Thinking
  | ToolStart
  | ToolProgress
  | ToolComplete
  | ApprovalRequested
  | ApprovalAnswered
  | StepFinished
  | TurnRecovering
  | TurnResumed
  | TurnEnded
  | ConversationUpdated
  | ConversationDeleted
  | AgentUpdate
  | VillageEvent
