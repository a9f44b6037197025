-- Agents, their budgets, swarms, councils; schedules and webhooks; keys for programs; other people's tool servers.

-- An agent's work is a conversation of its own, which the list of conversations does not show.
alter table conversations add column kind text not null default 'chat' check (kind in ('chat', 'agent'));
create index conversations_chats on conversations (user_id, updated_at desc, id desc) where kind = 'chat';

-- Who spoke: the head of an answer stays when the conversation's agent is changed. Null: the assistant, or older rows.
alter table messages add column agent text;
alter table usage_log add column agent text;
create index usage_of_conversation on usage_log (user_id, conversation_id);

-- What may be spent, as a tree. A child's whole limit is held by its parent from the moment it is made until it is
-- closed; a call's worst case is held by the row it is made from. So what is spent below a row can never exceed it,
-- whoever races: the database refuses.
create table budgets (
    id uuid primary key,                        -- of the agent, swarm or council that it belongs to
    user_id uuid not null references users on delete cascade,
    parent_id uuid references budgets on delete cascade,
    root_id uuid not null,
    depth integer not null check (depth >= 0),  -- levels of agents that may still be made below
    fan_out integer not null check (fan_out >= 0),  -- children that may be open at once
    agents integer not null check (agents >= 0),    -- agents that may be made below in all; counts at the root
    usd numeric(14, 8) not null check (usd >= 0),
    tokens bigint not null check (tokens >= 0),
    deadline timestamptz not null,
    usd_spent numeric(14, 8) not null default 0,    -- own calls, and closed children
    tokens_spent bigint not null default 0,
    usd_held numeric(14, 8) not null default 0,     -- open children
    tokens_held bigint not null default 0,
    usd_asked numeric(14, 8) not null default 0,    -- worst case of the call that is being made
    tokens_asked bigint not null default 0,
    usd_doubted numeric(14, 8) not null default 0,  -- worst case of calls whose end nobody heard
    tokens_doubted bigint not null default 0,
    calls_doubted integer not null default 0,
    agents_made integer not null default 0,
    children integer not null default 0,            -- open ones
    created_at timestamptz not null default now(),
    cancelled_at timestamptz,
    closed_at timestamptz,
    check (usd_held >= 0 and usd_asked >= 0 and tokens_held >= 0 and tokens_asked >= 0 and children >= 0),
    check (usd_spent + usd_held + usd_asked + usd_doubted <= usd),
    check (tokens_spent + tokens_held + tokens_asked + tokens_doubted <= tokens),
    check (children <= fan_out),
    check (agents_made <= agents)
);
create index budgets_below on budgets (user_id, parent_id) where parent_id is not null;

-- Kinds of agents that a user has defined. The five built-in ones are part of the program.
create table agent_types (
    user_id uuid not null references users on delete cascade,
    name text not null check (length(name) between 1 and 50),
    description text not null default '' check (length(description) <= 500),
    persona text not null default '' check (length(persona) <= 20000),
    model text,
    tools text check (length(tools) <= 50),     -- a tool preset
    agent text,                                 -- whose memories it has in the village
    budget jsonb not null default '{}',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (user_id, name)
);

create table swarms (
    id uuid primary key references budgets,
    user_id uuid not null references users on delete cascade,
    idempotency_key text not null check (length(idempotency_key) between 1 and 200),
    name text not null check (length(name) between 1 and 200),
    options jsonb not null,                     -- task, agent type, model, reduce task, retries, allowance of each
    parallelism integer not null check (parallelism between 1 and 1000),
    status text not null default 'pending'
        check (status in ('pending', 'running', 'paused', 'reducing', 'completed', 'failed', 'cancelled')),
    total integer not null default 0,
    completed integer not null default 0,
    failed integer not null default 0,
    closed boolean not null default true,       -- no more items will be added
    reduce_agent_id uuid,
    result text,
    error jsonb,
    cancel_requested_at timestamptz,
    paused boolean not null default false,
    webhook jsonb,
    created_at timestamptz not null default now(),
    started_at timestamptz,
    completed_at timestamptz,
    unique (user_id, idempotency_key)
);
create index swarms_of_user on swarms (user_id, created_at desc);

create table swarm_items (
    user_id uuid not null references users on delete cascade,
    swarm_id uuid not null references swarms on delete cascade,
    n integer not null,
    input jsonb not null,
    status text not null default 'pending' check (status in ('pending', 'running', 'completed', 'failed', 'cancelled')),
    attempts integer not null default 0,
    due_at timestamptz,                         -- pending: not tried again before
    agent_id uuid,                              -- of the latest attempt
    result text,
    error jsonb,
    cost_usd numeric(14, 8) not null default 0, -- of all attempts
    completed_at timestamptz,
    primary key (swarm_id, n)
);
create index swarm_items_open on swarm_items (user_id, swarm_id, n) where status in ('pending', 'running');

create table councils (
    id uuid primary key references budgets,
    user_id uuid not null references users on delete cascade,
    idempotency_key text not null check (length(idempotency_key) between 1 and 200),
    question text not null check (length(question) between 1 and 20000),
    options jsonb not null default '[]',        -- what may be voted for; empty: positions in the members' own words
    settings jsonb not null default '{}',       -- max_rounds, model, tools, how votes are weighed
    status text not null default 'pending'
        check (status in ('pending', 'running', 'paused', 'completed', 'failed', 'cancelled')),
    reason text,                                -- why it ended: consensus, stability, max_rounds, budget, stopped, broken
    round integer not null default 0,           -- rounds begun
    max_rounds integer not null check (max_rounds between 1 and 20),
    outcome jsonb,                              -- winner, tallies, minority report, baseline, costs
    error jsonb,
    paused boolean not null default false,
    cancel_requested_at timestamptz,
    webhook jsonb,
    created_at timestamptz not null default now(),
    started_at timestamptz,
    completed_at timestamptz,
    unique (user_id, idempotency_key)
);
create index councils_of_user on councils (user_id, created_at desc);

create table council_members (
    user_id uuid not null references users on delete cascade,
    council_id uuid not null references councils on delete cascade,
    n integer not null,
    name text not null check (length(name) between 1 and 100),
    persona text not null default '' check (length(persona) <= 20000),
    agent text,                                 -- a founder, or an agent of the user's village
    model text,
    joined_round integer not null default 1,
    left_round integer,                         -- the first round without it
    primary key (council_id, n)
);

create table council_answers (
    user_id uuid not null references users on delete cascade,
    council_id uuid not null references councils on delete cascade,
    round integer not null,
    member integer not null,
    agent_id uuid not null,                     -- whose run this answer is
    status text not null default 'running' check (status in ('running', 'answered', 'abstained', 'failed')),
    vote text,                                  -- an option; without options, the member's position in short
    answer jsonb,                               -- position, reasoning, confidence, new arguments, reviews
    error jsonb,
    tokens bigint not null default 0,
    cost_usd numeric(14, 8) not null default 0,
    answered_at timestamptz,
    primary key (council_id, round, member)
);

create table council_remarks (                  -- what the person says in between, in order, never overwritten
    id uuid primary key,
    user_id uuid not null references users on delete cascade,
    council_id uuid not null references councils on delete cascade,
    content text not null check (length(content) between 1 and 4000),
    round integer,                              -- the round that heard it first; null: it waits
    created_at timestamptz not null default now()
);
create index council_remarks_of on council_remarks (user_id, council_id, created_at);

create table council_shares (
    token_hash bytea primary key,
    user_id uuid not null references users on delete cascade,
    council_id uuid not null references councils on delete cascade,
    created_at timestamptz not null default now(),
    expires_at timestamptz
);

create table agents (
    id uuid primary key references budgets,     -- and of its conversation
    user_id uuid not null references users on delete cascade,
    idempotency_key text not null check (length(idempotency_key) between 1 and 200),
    parent_id uuid references agents on delete cascade,
    root_id uuid not null,                      -- the agent, swarm or council at the top
    swarm_id uuid references swarms on delete cascade,
    council_id uuid references councils on delete cascade,
    place integer,                              -- the swarm's item, the council's member
    level integer not null default 0,           -- 0: made by a person
    agent_type text not null,
    task text not null check (length(task) between 1 and 200000),
    model text,
    options jsonb not null default '{}',        -- persona, schema of the answer, tools, webhook
    status text not null default 'pending'
        check (status in ('pending', 'running', 'waiting', 'completed', 'failed', 'cancelled')),
    waits_for text check (waits_for in ('person', 'child', 'pause')),
    paused boolean not null default false,
    cancel_requested_at timestamptz,
    attempt integer not null default 1,
    retries uuid references agents on delete set null,  -- the agent that this one does again
    result text,
    error jsonb,
    steps integer not null default 0,
    tokens bigint not null default 0,
    cost_usd numeric(14, 8) not null default 0, -- of its own calls
    created_at timestamptz not null default now(),
    started_at timestamptz,
    completed_at timestamptz,
    unique (user_id, idempotency_key)
);
create index agents_of_user on agents (user_id, created_at desc) where level = 0;
create index agents_below on agents (user_id, root_id, created_at);
create index agents_children on agents (user_id, parent_id) where parent_id is not null;

create table schedules (
    id uuid primary key,
    user_id uuid not null references users on delete cascade,
    name text not null check (length(name) between 1 and 200),
    rule text not null check (length(rule) <= 500),     -- RFC 5545 RRULE
    time_zone text not null default 'UTC',
    starts_at timestamptz not null,
    work jsonb not null,                        -- {kind: agent | swarm | council, request}
    enabled boolean not null default true,
    next_at timestamptz,
    last_at timestamptz,
    last_id uuid,
    last_error text,
    created_at timestamptz not null default now()
);
create index schedules_of_user on schedules (user_id, created_at desc);

create table webhook_deliveries (
    id uuid primary key,
    user_id uuid not null references users on delete cascade,
    subject text not null check (subject in ('agent', 'swarm', 'council')),
    subject_id uuid not null,
    url text not null check (length(url) <= 2000),
    secret text,
    body jsonb not null,
    attempts integer not null default 0,
    next_at timestamptz,
    delivered_at timestamptz,
    given_up_at timestamptz,
    last_status integer,
    last_error text,
    created_at timestamptz not null default now(),
    unique (subject, subject_id)
);

create table api_keys (
    id uuid primary key,
    user_id uuid not null references users on delete cascade,
    name text not null check (length(name) between 1 and 100),
    hint text not null,                         -- its beginning, to tell it from others
    key_hash bytea not null unique,             -- SHA-256; the key itself is random enough
    scopes text[] not null,
    created_at timestamptz not null default now(),
    expires_at timestamptz,
    last_used_at timestamptz,
    revoked_at timestamptz
);
create index api_keys_of_user on api_keys (user_id, created_at desc);

create table mcp_servers (
    id uuid primary key,
    user_id uuid not null references users on delete cascade,
    name text not null check (length(name) between 1 and 40),
    transport text not null check (transport in ('stdio', 'http')),
    url text check (length(url) <= 2000),
    command jsonb,                              -- a program that runs in the jail, and its arguments
    secrets bytea,                              -- headers or environment, encrypted
    enabled boolean not null default true,
    tools jsonb not null default '[]',          -- as it listed them last
    checked_at timestamptz,
    error text,
    created_at timestamptz not null default now(),
    unique (user_id, name)
);

do $$
declare tenant text;
begin
    foreach tenant in array array['budgets', 'agent_types', 'swarms', 'swarm_items', 'councils', 'council_members',
                                  'council_answers', 'council_remarks', 'council_shares', 'agents', 'schedules',
                                  'webhook_deliveries', 'api_keys', 'mcp_servers'] loop
        execute format('alter table %I enable row level security', tenant);
        execute format('alter table %I force row level security', tenant);
        execute format('create policy owner_only on %I to apex_app using (user_id = app_user())
                        with check (user_id = app_user())', tenant);
        execute format('grant select, insert, update, delete on %I to apex_app', tenant);
    end loop;
    -- A sweep wakes an actor before anybody says whose it is.
    foreach tenant in array array['swarms', 'councils', 'schedules', 'webhook_deliveries'] loop
        execute format('create policy recovery on %I for select to apex_system using (true)', tenant);
        execute format('grant select (id, user_id) on %I to apex_system', tenant);
    end loop;
end $$;

-- A key or a link is shown before it is known whose it is.
create policy login on api_keys for select to apex_system using (true);
grant select (id, user_id, key_hash, scopes, expires_at, revoked_at, last_used_at) on api_keys to apex_system;
create policy open on council_shares for select to apex_system using (true);
grant select on council_shares to apex_system;

-- What one transaction did to a realm is told in the order in which it was done.
alter table realm_log alter column at set default clock_timestamp();
