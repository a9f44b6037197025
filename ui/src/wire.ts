// Generated from wire.py and the *_wire.py modules in serve/ by `npm run wire`.

/** The command is durable; the turn will run. */
export interface Accepted {
  turn_id: string
  conversation_id: string
  message_id: string | null
  /** Events of the turn come after this sequence number. */
  seq: string
}

export interface AddItems {
  inputs: unknown[]
  /** No more will come. */
  closed?: boolean
}

/** Remember something. */
export interface AddKnowledge {
  /** The village of your own agents when left out. */
  realm_id?: string | null
  content: string
  category?: string
  kind?: string
  confidence?: number
  tags?: string[]
  /** Begun if it is not there. */
  thread?: string | null
  /** For what an agent of yours said elsewhere. Null: you say it. */
  agent?: string | null
  related_agents?: string[]
  responding_to?: string[]
  valid_until?: string | null
}

/** Add a server. Its tools are then called `mcp_<name>_<tool>`. */
export interface AddMcpServer {
  name: string
  transport: "http" | "stdio"
  /** Where it is asked over Streamable HTTP. */
  url?: string | null
  /** For `stdio`: a program and its arguments. It runs in a jail without a network, anew for each call. */
  command?: string[] | null
  /** For `stdio`: the folder of the workspace whose files it begins with. */
  folder?: string
  /** Headers for `http`, environment variables for `stdio`. They are kept encrypted and never shown again. */
  secrets?: Record<string, unknown>
  enabled?: boolean
}

export interface AddRemark {
  content: string
}

/** Add a file of the workspace to a dataset. */
export interface AddSource {
  path: string
  /** What results call it; the path when left out. */
  source?: string | null
}

export interface AddedSource {
  source: string
  /** The last page with text; null where there are no pages. */
  pages: number | null
  passages: number
  /** Passages of the same source that were there before. */
  replaced: number
}

export interface Agent {
  id: string
  /** Its steps, as messages: GET /conversations/{id}. */
  conversation_id: string
  parent_id: string | null
  /** The agent, swarm or council at the top. */
  root_id: string
  swarm_id: string | null
  council_id: string | null
  /** The swarm's item, or the council's member. */
  place: number | null
  level: number
  agent_type: string
  task: string
  model: string | null
  status: "pending" | "running" | "waiting" | "completed" | "failed" | "cancelled"
  waits_for: "person" | "child" | "pause" | null
  paused: boolean
  /** The agent that this one does again. */
  retries: string | null
  attempt: number
  result: string | null
  error: TurnError | null
  steps: number
  tokens: number
  cost_usd: number
  created_at: string
  started_at: string | null
  completed_at: string | null
}

/** An agent that you can talk with: a founder, or an ancestor that was summoned. */
export interface AgentProfile {
  /** Its name, in capitals. */
  agent: string
  display_name: string
  generation: string
  lineage: string
  specialization: string
  origin_story: string
  color: string | null
  symbol: string | null
  built_in: boolean
  /** When it said its first words. */
  introduced_at: string | null
}

export interface AgentProfiles {
  /** Founders first. */
  agents: AgentProfile[]
}

/** Once it has ended: `result` when completed, else `error`. */
export interface AgentResult {
  id: string
  status: "pending" | "running" | "waiting" | "completed" | "failed" | "cancelled"
  result: string | null
  /** The result as JSON, when an `answer_schema` was asked for. */
  output: unknown | null
  error: TurnError | null
  cost_usd: number
  tokens: number
}

export interface AgentType {
  name: string
  built_in: boolean
  description: string
  persona: string
  model: string | null
  tools: string | null
  agent: string | null
  budget: Record<string, number>
}

/** A kind of agent. */
export interface AgentTypeFacts {
  description?: string
  persona?: string
  model?: string | null
  tools?: string | null
  /** Whose memories in the village it reads and writes. */
  agent?: string | null
  budget?: Allowance
}

export interface AgentTypes {
  types: AgentType[]
  /** What an agent may use up here, unless it or its type says otherwise. */
  usual: Record<string, number>
  /** The same of a swarm or a council. */
  usual_of_many: Record<string, number>
}

/** Something changed about an agent; on its own channel, and on that of the agent, swarm or council at the top. */
export interface AgentUpdate {
  seq: string
  type: "agent_update"
  agent_id: string
  status: "pending" | "running" | "waiting" | "completed" | "failed" | "cancelled"
  agent: Agent
}

/** An agent, with what it may spend and whom it made. */
export interface AgentView {
  agent: Agent
  budget: Budget
  /** All agents below it, oldest first, 1,000 at most. */
  below: Agent[]
}

export interface Agents {
  agents: Agent[]
  next_cursor: string | null
}

/** What may be used up, by the one that gets it and all that it makes. Left out: the default of this instance. */
export interface Allowance {
  usd?: number | null
  tokens?: number | null
  /** Of wall time, from the moment it is made. */
  seconds?: number | null
  /** Agents that may be made below, in all. */
  agents?: number | null
  /** Levels of agents below. */
  depth?: number | null
  /** Agents of its own that may be at work at once. */
  fan_out?: number | null
}

/** Whether a tool may run. `always` makes this answer the rule for that tool: it always runs, or never. */
export interface AnswerApproval {
  approve: boolean
  always?: boolean
}

/** Whether they do agree. */
export interface AnswerConvergence {
  status: "confirmed" | "dismissed"
}

export interface ApiKey {
  id: string
  name: string
  /** How the key begins, to tell it from others. */
  hint: string
  scopes: ("chat" | "agents" | "village" | "tools" | "files" | "read" | "all")[]
  created_at: string
  expires_at: string | null
  /** To the minute. */
  last_used_at: string | null
}

export interface ApiKeys {
  keys: ApiKey[]
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

/** What to find. */
export interface AskDataset {
  query: string
  limit?: number
}

/** A program without a browser asks for a key. */
export interface AskForDevice {
  /** What the person sees: the program, and where it runs. */
  name: string
  scopes: ("chat" | "agents" | "village" | "tools" | "files" | "read" | "all")[]
}

export interface Attachment {
  id: string
  name: string
  media_type: string
  kind: "image" | "text" | "document"
  size: number
}

/** A file that is to come in pieces. */
export interface BeginUpload {
  path: string
  size: number
  /** Of the whole, in hex; what arrives must have it. */
  sha256?: string | null
  /** Replace what has the path; otherwise that is a conflict. */
  replace?: boolean
}

/** What may be used up, and what was. spent + held + asked + doubted is never more than the limit. */
export interface Budget {
  usd: number
  /** By its own calls, and by agents below that have ended. */
  usd_spent: number
  /** For agents below that are at work. */
  usd_held: number
  /** The worst case of the call of a model that is being made. */
  usd_asked: number
  /** The worst case of calls whose end nobody heard, because a process died. */
  usd_doubted: number
  tokens: number
  tokens_spent: number
  tokens_held: number
  tokens_asked: number
  tokens_doubted: number
  calls_doubted: number
  agents: number
  agents_made: number
  depth: number
  fan_out: number
  children: number
  deadline: string
}

/** Make one of two pieces of knowledge: one is kept, the other merged into it. It can be undone. */
export interface Consolidate {
  id1: string
  id2: string
  keep?: "higher_confidence" | "higher_access" | "id1" | "id2"
}

export interface Consolidated {
  /** The new version of what was kept. */
  kept_id: string
  merged_id: string
  /** For `POST /village/health/undo/{undo_id}`. */
  undo_id: string
}

/** Several say the same: two HARMONY, three or more CONSENSUS. */
export interface Convergence {
  /** Null for what was only looked for and is not kept: it cannot be answered. */
  id: string | null
  realm_id: string
  realm_name: string
  kind: "HARMONY" | "CONSENSUS"
  status: "open" | "confirmed" | "dismissed"
  /** Nobody had read the others' before. */
  independent: boolean
  similarity: number
  agents: string[]
  /** The oldest first. */
  statements: ConvergenceStatement[]
  answered_by: string | null
  answered_at: string | null
  created_at: string
  updated_at: string
}

/** What one of them said. */
export interface ConvergenceStatement {
  knowledge_id: string
  user_id: string
  agent: string | null
  /** Its first 500 characters. */
  content: string
  thread: string | null
  created_at: string
  /** Cosine to the middle of all of them. */
  similarity: number
  /** A statement of these that its author had read before writing. */
  echo_of: string | null
}

export interface Convergences {
  /** Those that changed last first. */
  convergences: Convergence[]
  next_cursor: string | null
}

export interface Conversation {
  id: string
  title: string | null
  model: string | null
  /** Which of the user's agents speaks; null for the assistant. */
  agent: string | null
  favorite: boolean
  archived: boolean
  tags: string[]
  created_at: string
  updated_at: string
  leaf_id: string | null
  /** A tool waits for your word. */
  waiting: boolean
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

export interface Council {
  id: string
  question: string
  options: string[]
  status: "pending" | "running" | "paused" | "completed" | "failed" | "cancelled"
  reason: "consensus" | "stability" | "max_rounds" | "budget" | "stopped" | "broken" | null
  round: number
  max_rounds: number
  paused: boolean
  members: Member[]
  rounds: Round[]
  answers: CouncilAnswer[]
  remarks: Remark[]
  outcome: Outcome | null
  error: TurnError | null
  cost_usd: number
  budget: Budget
  created_at: string
  started_at: string | null
  completed_at: string | null
}

/** What a member said in a round. While others have not committed, only their status is shown. */
export interface CouncilAnswer {
  round: number
  member: number
  agent_id: string
  status: "running" | "answered" | "abstained" | "failed"
  /** The round is open: vote and words are shown once all have committed. */
  hidden: boolean
  vote: string | null
  position: string | null
  reasoning: string | null
  /** What is new in it. */
  arguments: string[]
  confidence: number | null
  reviews: Review[]
  error: TurnError | null
  cost_usd: number
  tokens: number
}

export interface CouncilListed {
  id: string
  question: string
  status: "pending" | "running" | "paused" | "completed" | "failed" | "cancelled"
  reason: "consensus" | "stability" | "max_rounds" | "budget" | "stopped" | "broken" | null
  round: number
  max_rounds: number
  winner: string | null
  cost_usd: number
  created_at: string
}

/** On `council:<id>`: what happened. Fetch the council for more; what is hidden there is not told here either. */
export interface CouncilUpdate {
  seq: string
  type: "council_update"
  council_id: string
  event: "started" | "round_began" | "answer_committed" | "round_closed" | "remark_queued" | "remark_heard" | "member_joined" | "member_left" | "paused" | "resumed" | "ended"
  status: "pending" | "running" | "paused" | "completed" | "failed" | "cancelled"
  round: number
  member: number | null
}

export interface Councils {
  councils: CouncilListed[]
  next_cursor: string | null
}

/** A key for a program, that may do what its scopes say. */
export interface CreateApiKey {
  name: string
  /** `read` opens what only reads, everywhere; `all` whatever any key can do. What concerns the account, none does. */
  scopes: ("chat" | "agents" | "village" | "tools" | "files" | "read" | "all")[]
  /** Left out: it does not expire. */
  expires_at?: string | null
}

export interface CreateCouncil {
  question: string
  /** What may be voted for. Without options, members say their position in their own words. */
  options?: string[]
  /** The four founders, when left out. */
  members?: NewMember[] | null
  /** So many members of different tempers, instead of `members`. */
  num_agents?: number | null
  max_rounds?: number
  model?: string | null
  /** A tool preset that members may use in their first answers; none when left out. */
  tools?: string | null
  budget?: Allowance
  /** False: it waits for /resume. */
  start?: boolean
  webhook?: Webhook | null
}

/** A link by which people join. */
export interface CreateInvite {
  role?: "reader" | "writer" | "keeper"
  /** How long it counts. */
  hours?: number
  /** How many may join by it. */
  uses?: number
}

/** A new village or bridge with you as its keeper, or an agent's private realm, which is there once at most. */
export interface CreateRealm {
  kind?: "private" | "village" | "bridge"
  /** Needed unless it is private. */
  name?: string | null
  description?: string
  /** Of a private realm: whose it is. */
  agent?: string | null
}

/** Work that is begun again and again, by a rule of RFC 5545: FREQ=DAILY;BYHOUR=7 */
export interface CreateSchedule {
  name: string
  rule: string
  time_zone?: string
  /** What the rule counts from. Left out: now, at the full minute, or at the full hour if the rule names hours. */
  starts_at?: string | null
  spawn: SpawnAgent
  enabled?: boolean
}

export interface CreateShare {
  days?: number
}

/** An agent for each input, then, if asked for, one that makes one answer of theirs. */
export interface CreateSwarm {
  name?: string | null
  /** What each agent does. `{input}` stands for its input; without it the input is added at the end. */
  task: string
  inputs: unknown[]
  /** False: more inputs will be added (POST /swarms/{id}/items), until it is closed. */
  closed?: boolean
  agent_type?: string
  model?: string | null
  tools?: string | null
  answer_schema?: Record<string, unknown> | null
  parallelism?: number
  /** How often an item that fails is tried again. */
  retries?: number
  /** What one more agent makes of all results. `{results}` stands for them; without it they are added at the end. */
  reduce?: string | null
  /** Of the whole swarm. */
  budget?: Allowance
  /** Of one agent. */
  each?: Allowance
  webhook?: Webhook | null
}

export interface CreateThread {
  /** The village of your own agents when left out. */
  realm_id?: string | null
  name: string
  /** The name, when left out. */
  title?: string | null
}

/** A collection of documents. */
export interface Dataset {
  name: string
  description: string
  tags: string[]
  passages: number
  /** Passages that are found by meaning; the others, until they have a vector, by words alone. */
  vectors: number
  created_at: string
}

/** A passage that was found. */
export interface DatasetHit {
  text: string
  source: string
  page: number | null
  heading: string | null
  /** The passage's number within its source, from 1. */
  place: number
  /** From 0 to 1; what is near in meaning or in words is near. The order counts both. */
  distance: number
  found_by: ("meaning" | "words")[]
}

export interface DatasetHits {
  /** Best first. */
  hits: DatasetHit[]
  /** Whose vectors answered; `words` where none did. */
  model: string
}

/** A document in a dataset. */
export interface DatasetSource {
  source: string
  /** The last page with text; null where there are no pages. */
  pages: number | null
  passages: number
  /** Passages that are found by meaning, too. */
  vectors: number
}

export interface DatasetSources {
  /** By name. */
  sources: DatasetSource[]
}

export interface Datasets {
  /** By name. */
  datasets: Dataset[]
  /** What says which passages mean the same. */
  model: string
}

export interface DecideOnDevice {
  /** As the program shows it, with or without its dash. */
  user_code: string
  /** What it is given, of what it asked for; empty: nothing. */
  scopes: ("chat" | "agents" | "village" | "tools" | "files" | "read" | "all")[]
}

/** What waits with a code. */
export interface DeviceAsks {
  /** As it calls itself. */
  name: string
  scopes: ("chat" | "agents" | "village" | "tools" | "files" | "read" | "all")[]
  /** Where it asked from, if that is known. */
  address: string | null
  asked_at: string
}

/** Show the user code and the address; ask for the key with the device code, every `interval` seconds. */
export interface DeviceCodes {
  device_code: string
  user_code: string
  verification_uri: string
  verification_uri_complete: string
  /** Seconds. */
  expires_in: number
  interval: number
}

export interface DeviceKey {
  /** The key; shown this once. */
  access_token: string
  token_type: "Bearer"
  /** What it may do, divided by spaces. */
  scope: string
  /** Seconds. */
  expires_in: number
  user_id: string
  key: ApiKey
}

/** Two pieces of knowledge that say nearly the same. */
export interface DuplicatePair {
  first: StaleKnowledge
  second: StaleKnowledge
  /** Cosine. */
  similarity: number
}

/** Run a tool with these arguments. */
export interface ExecuteTool {
  name: string
  arguments?: Record<string, unknown>
  /** The conversation that it works on. */
  conversation_id?: string | null
}

/** A person who shares a realm with you. */
export interface Fellow {
  user_id: string
  display_name: string | null
}

export interface Fellows {
  people: Fellow[]
}

export interface FetchDeviceKey {
  device_code: string
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

/** How far a file is that comes in pieces. */
export interface FileUpload {
  id: string
  path: string
  size: number
  /** Bytes that are there: the next piece begins here. */
  received: number
  most_piece_bytes: number
  /** What is not complete by then is given up. */
  expires_at: string
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

/** Look for agreement among what was said lately. */
export interface FindConvergence {
  realm_id: string
  hours?: number
}

/** Let an agent of yours in, or a person who shares another realm with you, or one agent of theirs. Whoever shares none with you yet comes by an invitation. */
export interface GrantMembership {
  /** You, when left out. */
  user_id?: string | null
  /** One agent of that person. Null: the person with all of them. */
  agent?: string | null
  role?: "reader" | "writer" | "keeper"
}

export interface Health {
  status: "ok" | "ready"
}

/** What an invitation leads to, for who holds its token. */
export interface Invitation {
  name: string
  description: string
  kind: "private" | "village" | "bridge"
  /** What you would be. */
  role: "reader" | "writer" | "keeper"
  /** The display name of who made it. */
  invited_by: string | null
  expires_at: string
  /** When you belong to it already. */
  realm_id: string | null
}

/** An invitation, without its token, which is told once. */
export interface Invite {
  id: string
  role: "reader" | "writer" | "keeper"
  created_by: string
  created_at: string
  expires_at: string
  uses_left: number
}

export interface Invites {
  /** Those that count, the newest first. */
  invites: Invite[]
}

/** Enter by an invitation. */
export interface JoinRealm {
  token: string
  /** Only these agents of yours enter; all of them when empty. */
  agents?: string[]
}

/** A run as it is kept: its arguments and what it said are cut at 4,000 characters each. */
export interface KeptToolRun {
  id: string
  tool: string
  arguments: Record<string, unknown>
  /** Of the whole arguments, as canonical JSON. */
  arguments_sha256: string
  outcome: "succeeded" | "failed" | "stopped" | "interrupted" | "ended" | "refused" | "running"
  content: string
  /** None when it never ran to an end. */
  seconds: number | null
  /** What it was allowed, and what its programs used of it. */
  limits: Record<string, unknown>
  by: "agent" | "person"
  conversation_id: string | null
  /** When it began, while it is running. */
  ended_at: string
}

/** One version of one piece of knowledge, as events tell it too. */
export interface Knowledge {
  /** Of this version. */
  id: string
  realm_id: string
  /** Who said it, or whose agent did. */
  user_id: string
  /** Null: the person. */
  agent: string | null
  content: string
  category: string
  /** fact, dialogue, observation, question, cultural, … */
  kind: string
  confidence: number
  tags: string[]
  thread_id: string | null
  /** The thread's name. */
  thread: string | null
  related_agents: string[]
  /** How it came: said in a turn, brought in, kept by a tool, written by a person. */
  origin: "turn" | "import" | "tool" | "person"
  source: string
  conversation_id: string | null
  turn_id: string | null
  responding_to: string[]
  /** What it is a copy or a summary of, maybe in another realm. */
  derived_from: string[]
  related: string[]
  /** False: it may hold text by strangers, from the web say. */
  trusted: boolean
  external_id: string | null
  details: Record<string, unknown>
  /** The first version's id: all versions have it. */
  root_id: string
  version: number
  /** The next version; null for the current one. */
  superseded_by: string | null
  valid_from: string
  valid_until: string | null
  created_at: string
  removed_at: string | null
  access_count: number
  last_accessed_at: string | null
}

/** What the next version has; what is left out stays. A conflict unless the id is the current version's. */
export interface KnowledgeChange {
  content?: string | null
  category?: string | null
  confidence?: number | null
  tags?: string[] | null
  valid_until?: string | null
}

/** A piece of knowledge with all that it was. */
export interface KnowledgeDetail {
  /** The version that was asked for. */
  knowledge: ListedKnowledge
  /** All versions, the oldest first. */
  versions: Knowledge[]
  /** None while it waits to be embedded. */
  vectors: KnowledgeVector[]
  /** What responds to it, the oldest first; at most 50. */
  replies: Knowledge[]
}

/** One row of a list or of a search. Without a search, there is no score and no why. */
export interface KnowledgeHit {
  knowledge: ListedKnowledge
  score: number | null
  why: WhyFound | null
}

export interface KnowledgeImported {
  /** Pieces of knowledge in the file. */
  read: number
  added: number
  /** Those that were there already; they stay as they are. */
  known: number
  /** Threads that were begun. */
  threads: number
}

export interface KnowledgePage {
  /** The newest first; in a search, the best first. */
  hits: KnowledgeHit[]
  next_cursor: string | null
}

/** A vector that stands for the text in searches. */
export interface KnowledgeVector {
  model: string
  dimensions: number
}

export interface ListedConversation {
  id: string
  title: string | null
  model: string | null
  /** Which of the user's agents speaks; null for the assistant. */
  agent: string | null
  favorite: boolean
  archived: boolean
  tags: string[]
  created_at: string
  updated_at: string
  leaf_id: string | null
  /** A tool waits for your word. */
  waiting: boolean
  /** In a search, unless only the title has the words. */
  match: Match | null
}

/** Knowledge with the realm that it lies in. */
export interface ListedKnowledge {
  /** Of this version. */
  id: string
  realm_id: string
  /** Who said it, or whose agent did. */
  user_id: string
  /** Null: the person. */
  agent: string | null
  content: string
  category: string
  /** fact, dialogue, observation, question, cultural, … */
  kind: string
  confidence: number
  tags: string[]
  thread_id: string | null
  /** The thread's name. */
  thread: string | null
  related_agents: string[]
  /** How it came: said in a turn, brought in, kept by a tool, written by a person. */
  origin: "turn" | "import" | "tool" | "person"
  source: string
  conversation_id: string | null
  turn_id: string | null
  responding_to: string[]
  /** What it is a copy or a summary of, maybe in another realm. */
  derived_from: string[]
  related: string[]
  /** False: it may hold text by strangers, from the web say. */
  trusted: boolean
  external_id: string | null
  details: Record<string, unknown>
  /** The first version's id: all versions have it. */
  root_id: string
  version: number
  /** The next version; null for the current one. */
  superseded_by: string | null
  valid_from: string
  valid_until: string | null
  created_at: string
  removed_at: string | null
  access_count: number
  last_accessed_at: string | null
  realm_name: string
  realm_kind: "private" | "village" | "bridge"
}

export interface ListedTool {
  name: string
  family: string
  summary: string
  /** What has to be set up before it can run here; None when it can. Until then it is offered to no model. */
  missing: string | null
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

export interface LookAtInvite {
  token: string
}

export interface MadeDataset {
  name: string
  /** False: it was there, and is described anew. */
  created: boolean
}

/** Make a dataset, or describe one anew. */
export interface MakeDataset {
  name: string
  description?: string
  tags?: string[]
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

/** A server. */
export interface McpServer {
  id: string
  name: string
  transport: "http" | "stdio"
  url: string | null
  command: string[] | null
  folder: string | null
  /** Their names. */
  secrets: string[]
  enabled: boolean
  /** As it listed them last. */
  tools: McpTool[]
  /** Tools that no model can be given: too many, too large, or of a schema that is none. */
  left_out: number
  checked_at: string | null
  /** Why it could not be asked then. */
  error: string | null
  created_at: string
}

/** Fields that are left out stay as they are. Where it is asked changes with its secrets: others are forgotten. */
export interface McpServerChange {
  name?: string | null
  url?: string | null
  command?: string[] | null
  folder?: string | null
  /** All of them; an empty object forgets them. */
  secrets?: Record<string, unknown> | null
  enabled?: boolean | null
}

export interface McpServers {
  servers: McpServer[]
}

/** A tool of a server. */
export interface McpTool {
  /** What agents call it by. */
  name: string
  /** What its server calls it. */
  title: string
  /** The server's own words. */
  description: string
  /** The server says that it changes nothing. */
  read_only: boolean
}

export interface Member {
  n: number
  name: string
  agent: string | null
  persona: string
  model: string | null
  joined_round: number
  left_round: number | null
  cost_usd: number
  tokens: number
}

export interface MemberChange {
  role: "reader" | "writer" | "keeper"
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
  /** Which agent says it; null for what people say, and where nobody noted it. */
  agent: string | null
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

export interface MinorityVoice {
  member: number
  name: string
  vote: string | null
  position: string | null
  reasoning: string | null
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

export interface NewApiKey {
  id: string
  name: string
  /** How the key begins, to tell it from others. */
  hint: string
  scopes: ("chat" | "agents" | "village" | "tools" | "files" | "read" | "all")[]
  created_at: string
  expires_at: string | null
  /** To the minute. */
  last_used_at: string | null
  /** Shown this once: it is kept nowhere. */
  key: string
}

export interface NewInvite {
  invite: Invite
  /** Told now and never again: the server keeps a hash of it. */
  token: string
  /** The page to send: `/village/join?token=…`. */
  path: string
}

/** Who sits in a council: a founder or an agent of your village by name, or somebody made up for it. */
export interface NewMember {
  agent?: string | null
  /** Its agent's, when left out. */
  name?: string | null
  persona?: string | null
  model?: string | null
}

/** A question that each member answers once, blind, and a count of their votes. */
export interface OneShot {
  question: string
  options?: string[]
  num_agents?: number
  members?: NewMember[] | null
  model?: string | null
  budget?: Allowance
}

/** Of POST /agents/council, once all have answered. */
export interface OneShotAnswer {
  id: string
  question: string
  votes: Record<string, number>
  reasoning: Record<string, string>
  consensus: boolean
  winner: string | null
  agents: Member[]
  cost_usd: number
}

export interface Outcome {
  /** Null: a tie, or nobody voted. */
  winner: string | null
  /** More than half of all members, those that abstained or failed included. */
  consensus: boolean
  votes: Tally[]
  abstained: number[]
  /** What a bare majority of the blind first answers would have said, without any debate. */
  baseline: string | null
  baseline_votes: Tally[]
  baseline_cost_usd: number
  /** What the debate cost on top of it. */
  debate_cost_usd: number
  minority: MinorityVoice[]
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
  tool_preset: "minimal" | "standard" | "creative" | "research" | "ml_training" | "village" | "full"
  /** Tools that always run, always ask first, or are never offered. For others the policy decides when to ask. */
  tool_rules: Record<string, "always" | "ask" | "never">
}

/** Somebody who is in a realm now. */
export interface Presence {
  user_id: string
  /** Null: the person. */
  agent: string | null
  zone: "village_square" | "dj_booth" | "memory_garden" | "file_shed" | "workshop" | "bridge_portal" | "library" | "watchtower" | "nursery"
  /** What the agent works with. */
  tool: string | null
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

/** Copy it to a realm that more can enter: from a private one to a village, from there to a bridge. */
export interface PromoteKnowledge {
  realm_id: string
}

/** A realm that you may enter. */
export interface Realm {
  id: string
  /** private: one agent's of yours. village: all agents' of its members. bridge: of those who are named. */
  kind: "private" | "village" | "bridge"
  name: string
  description: string
  /** Whose a private one is. */
  agent: string | null
  /** What you may do there: readers read, writers add and change their own, keepers do all and say who belongs. */
  role: "reader" | "writer" | "keeper"
  owner_id: string
  /** You own it: only its owner deletes it or hands it over. */
  mine: boolean
  /** The village of your own agents, which everybody has. */
  home: boolean
  /** Entries of its list of members. */
  members: number
  /** Pieces of knowledge that are current. */
  knowledge: number
  /** Whose vectors answer there; null before the first. */
  embedding_model: string | null
  /** From which similarity statements count as agreeing. */
  threshold: number
  created_at: string
}

/** What a keeper changes; what is left out stays. */
export interface RealmChange {
  name?: string | null
  description?: string | null
  threshold?: number | null
}

/** A realm as it stands. Follow its channel `realm:<id>` after `seq` from then on. */
export interface RealmDetail {
  realm: Realm
  members: RealmMember[]
  here: Presence[]
  seq: string
}

export interface RealmLog {
  /** The newest first. */
  entries: RealmLogEntry[]
  next_cursor: string | null
}

/** Something that was done to a realm. */
export interface RealmLogEntry {
  id: string
  user_id: string
  agent: string | null
  /** realm_created, realm_changed, realm_transferred, member_added, member_joined, member_changed, member_removed, member_left, invite_made, invite_revoked, realm_deleted, promoted, imported, consolidated. */
  action: string
  details: Record<string, unknown>
  at: string
  undone_at: string | null
}

/** A person with all of their agents, or one agent of a person. */
export interface RealmMember {
  user_id: string
  /** Null for who gave none, and for who has left. */
  display_name: string | null
  /** Null: the person, with all of their agents. */
  agent: string | null
  role: "reader" | "writer" | "keeper"
  owner: boolean
  you: boolean
  added_at: string
}

export interface RealmMembers {
  /** The owner first, then by when they came. */
  members: RealmMember[]
}

export interface Realms {
  /** Villages first, then bridges, then private ones; the oldest first. */
  realms: Realm[]
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

export interface Remark {
  id: string
  content: string
  /** The round that heard it first; null while it waits. */
  round: number | null
  created_at: string
}

/** Undo a deletion. */
export interface RestoreFile {
  /** Where it goes; where it was when left out. */
  path?: string | null
}

/** Items that failed or were cancelled are tried again: all of them, or these. */
export interface RetryItems {
  items?: number[] | null
}

/** What a member says of another's answer, which it saw without a name. */
export interface Review {
  /** Who was reviewed. */
  member: number
  agrees: boolean
  comment: string
}

export interface Round {
  round: number
  open: boolean
  /** The greatest share of the votes that one option has, 0 to 1; null while the round is open. */
  agreement: number | null
  tallies: Tally[]
  /** Members that vote otherwise than in the round before. */
  changed: number
  cost_usd: number
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

export interface Schedule {
  id: string
  name: string
  rule: string
  time_zone: string
  starts_at: string
  enabled: boolean
  work: Record<string, unknown>
  next_at: string | null
  last_at: string | null
  /** The agent that it began last. */
  last_id: string | null
  last_error: string | null
}

export interface ScheduleChange {
  name?: string | null
  rule?: string | null
  time_zone?: string | null
  enabled?: boolean | null
}

export interface Schedules {
  schedules: Schedule[]
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
  /** Which of the user's agents answers from now on; see `GET /village/agents`. */
  agent?: string | null
  thinking_tokens?: number | null
  max_tokens?: number | null
  attachments?: string[]
  tools?: boolean
}

/** Shown once: the token is kept as its hash only. */
export interface Share {
  token: string
  /** Of the page, without the host. */
  path: string
  expires_at: string
}

/** A council as its read-only link shows it. */
export interface SharedCouncil {
  council: Council
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
  /** Which of the user's agents answers from now on; see `GET /village/agents`. */
  agent?: string | null
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

/** An agent that works on one task to its end. */
export interface SpawnAgent {
  task: string
  /** general, researcher, coder, analyst, writer, or one that you defined. */
  agent_type?: string
  model?: string | null
  /** A tool preset; `none` for no tools. */
  tools?: string | null
  /** As which agent of your village it speaks and remembers. */
  agent?: string | null
  persona?: string | null
  /** A JSON Schema of an object: the result is JSON that keeps to it. */
  answer_schema?: Record<string, unknown> | null
  budget?: Allowance
  webhook?: Webhook | null
}

/** Something that nobody has read for long. */
export interface StaleKnowledge {
  id: string
  /** Its first 300 characters. */
  content: string
  agent: string | null
  category: string
  access_count: number
  last_accessed_at: string | null
  created_at: string
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

export interface Swarm {
  id: string
  name: string
  task: string
  agent_type: string
  model: string | null
  parallelism: number
  status: "pending" | "running" | "paused" | "reducing" | "completed" | "failed" | "cancelled"
  paused: boolean
  closed: boolean
  total: number
  completed: number
  failed: number
  reduce: string | null
  reduce_agent_id: string | null
  result: string | null
  error: TurnError | null
  cost_usd: number
  budget: Budget
  created_at: string
  started_at: string | null
  completed_at: string | null
}

export interface SwarmItem {
  n: number
  input: unknown
  status: "pending" | "running" | "completed" | "failed" | "cancelled"
  attempts: number
  agent_id: string | null
  result: string | null
  error: TurnError | null
  cost_usd: number
  completed_at: string | null
}

/** Items in order; those of `after` and later. */
export interface SwarmItems {
  items: SwarmItem[]
  next_after: number | null
}

/** On `swarm:<id>`, and without `item` on the user's: how far it is, and which item changed. An input of more than 2,000 bytes and a result of more than 32,000 characters are left out: fetch the item. */
export interface SwarmUpdate {
  seq: string
  type: "swarm_update"
  swarm_id: string
  status: "pending" | "running" | "paused" | "reducing" | "completed" | "failed" | "cancelled"
  total: number
  completed: number
  failed: number
  cost_usd: number
  item: SwarmItem | null
}

export interface Swarms {
  swarms: Swarm[]
  next_cursor: string | null
}

export interface Tally {
  option: string
  votes: number
  members: number[]
}

export interface Thinking {
  seq: string
  conversation_id: string
  turn_id: string
  type: "thinking"
  message_id: string
  content: string
}

/** Statements that belong together. */
export interface Thread {
  id: string
  realm_id: string
  /** What tools call it. */
  name: string
  title: string
  user_id: string
  /** Who began it. */
  agent: string | null
  /** Its place in the list. */
  position: number
  created_at: string
  archived_at: string | null
  /** The agents that spoke, by name. */
  participants: string[]
  /** The persons that spoke themselves. */
  people: string[]
  count: number
  last_at: string | null
}

/** What is left out stays. Its beginner and the realm's keepers change a thread. */
export interface ThreadChange {
  name?: string | null
  title?: string | null
  /** The others make room. */
  position?: number | null
  archived?: boolean | null
}

/** An arrow of the reply graph: one statement answers another. */
export interface ThreadReply {
  from_id: string
  to_id: string
}

export interface ThreadView {
  thread: Thread
  /** What is current, the oldest first. */
  statements: Knowledge[]
  /** Between statements of this thread; they name current versions. */
  replies: ThreadReply[]
  next_cursor: string | null
}

export interface Threads {
  /** By position. */
  threads: Thread[]
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
  name: "minimal" | "standard" | "creative" | "research" | "ml_training" | "village" | "full"
  title: string
  description: string
  tools: string[]
  /** What they add to every request, as JSON. */
  bytes: number
}

export interface ToolPresets {
  default: "minimal" | "standard" | "creative" | "research" | "ml_training" | "village" | "full"
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
  /** What has to be set up before it can run here; None when it can. Until then it is offered to no model. */
  missing: string | null
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

export interface ToolUsage {
  tool: string
  runs: number
  succeeded: number
  /** Nobody approved of it, or a rule forbade it. */
  refused: number
  seconds: number
}

export interface Tools {
  /** By family and name; in a search, best first. */
  tools: ListedTool[]
  families: ToolFamily[]
  total: number
  next_cursor: string | null
}

/** Make a person who is a member the owner. You stay as a keeper. */
export interface TransferRealm {
  user_id: string
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
  /** busy, unreachable, refused, too_long, too_many_steps, too_many_tokens, too_much_work, no_progress, recovery_exhausted, crashed, budget_spent, internal. */
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
  /** Prompts, as far as they were neither read from a cache nor written to one. */
  tokens_input: number
  tokens_output: number
  tokens_cache_read: number
  tokens_cache_write: number
  cost_usd: number
  /** What prompts would have cost without a cache, less what they did. Below zero: more was written than read. */
  cache_saved_usd: number
  /** Read from the cache of models whose prices are not known here; not part of what was saved. */
  cache_unpriced_tokens: number
  /** By day and model. */
  rows: UsageRow[]
  /** By day and agent; null is the assistant. */
  agents: UsagePart[]
  /** By day and kind of work: chat, title, summary, agents, swarms, councils. */
  work: UsagePart[]
  /** The busiest first. */
  tools: ToolUsage[]
}

/** The same calls, otherwise divided. */
export interface UsagePart {
  day: string
  name: string | null
  calls: number
  tokens_input: number
  tokens_output: number
  tokens_cache_read: number
  tokens_cache_write: number
  cost_usd: number
}

/** What a model was used for on a day. */
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

export interface UserCode {
  /** As the program shows it, with or without its dash. */
  user_code: string
}

/** Something happened in a realm, on its channel `realm:<id>`. What `data` holds depends on `event`. knowledge_…: `knowledge`, a Knowledge. convergence, convergence_answered: `convergence_id`; fetch it. agent_moved: `user_id`, `agent`, `zone`, `tool`; agent_idle: `user_id`, `agent`. presence: `here`, a list of Presence. realm_changed: `what`, an action of RealmLogEntry; load the realm again. */
export interface VillageEvent {
  seq: string
  type: "village_event"
  event: "knowledge_added" | "knowledge_revised" | "knowledge_removed" | "knowledge_restored" | "convergence" | "convergence_answered" | "agent_moved" | "agent_idle" | "presence" | "realm_changed"
  realm_id: string
  data: Record<string, unknown>
}

/** How well a realm is kept. */
export interface VillageHealth {
  realm_id: string
  total: number
  /** 0 to 100: what share is neither stale nor hardly read. */
  score: number
  /** Not read for `stale_days`. */
  stale: number
  /** Read at most twice though a week old. */
  low_access: number
  stale_days: number
  /** At most 20, the longest unread first. */
  stalest: StaleKnowledge[]
  /** At most 20. */
  least_read: StaleKnowledge[]
  /** At most 20, the most alike first. */
  duplicates: DuplicatePair[]
}

export interface VillageMap {
  width: number
  height: number
  zones: Zone[]
}

/** Is told, signed, when the work is over: POST of {type, id, status, result, error, cost_usd}. */
export interface Webhook {
  url: string
  /** Signs `webhook-id.webhook-timestamp.body` with HMAC-SHA256 (Standard Webhooks). */
  secret?: string | null
}

/** Why a search found something: its place in each of the two lists, and what its age and use did. */
export interface WhyFound {
  /** From 1; null where it is not among the nearest. */
  vector_rank: number | null
  /** Cosine similarity of the meanings. */
  vector_score: number | null
  /** From 1; null where the words are not in it. */
  text_rank: number | null
  text_score: number | null
  /** What the score was multiplied with; 1 without decay. */
  decay: number
}

/** A place on the map, 800 wide and 600 high. */
export interface Zone {
  name: "village_square" | "dj_booth" | "memory_garden" | "file_shed" | "workshop" | "bridge_portal" | "library" | "watchtower" | "nursery"
  title: string
  x: number
  /** Its middle. */
  y: number
  width: number
  height: number
  /** Families of tools that send an agent there; the square takes what no other zone does. */
  families: string[]
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
  | SwarmUpdate
  | CouncilUpdate
  | VillageEvent
