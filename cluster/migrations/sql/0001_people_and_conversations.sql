-- Accounts, conversations, turns, memory; hosts and placements of the runtime.
-- The roles apex_app (the application) and apex_system (login and recovery) exist before this runs.

create extension if not exists vector;

create function app_user() returns uuid language sql stable parallel safe
    as $$ select nullif(current_setting('app.user_id', true), '')::uuid $$;

create table users (
    id uuid primary key,
    email text not null check (length(email) <= 255),
    password_hash text not null,
    display_name text check (length(display_name) <= 100),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    settings jsonb not null default '{}'
);
create unique index users_email on users (lower(email));

create table refresh_tokens (
    id uuid primary key,
    user_id uuid not null references users on delete cascade,
    family_id uuid not null,
    token_hash bytea not null,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    used_at timestamptz,
    revoked_at timestamptz
);
create index refresh_tokens_family on refresh_tokens (user_id, family_id);

create table conversations (
    id uuid primary key,
    user_id uuid not null references users on delete cascade,
    title text check (length(title) <= 500),
    titled_by text not null default 'nobody' check (titled_by in ('nobody', 'model', 'person')),
    model text,
    leaf_id uuid,
    favorite boolean not null default false,
    archived boolean not null default false,
    tags text[] not null default '{}',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    deleted_at timestamptz,
    unique (user_id, id)
);
create index conversations_recent on conversations (user_id, updated_at desc, id desc);

create table turns (
    id uuid primary key,
    user_id uuid not null references users on delete cascade,
    conversation_id uuid not null,
    idempotency_key text not null check (length(idempotency_key) between 1 and 200),
    status text not null default 'queued' check (status in ('queued', 'running', 'completed', 'stopped', 'failed')),
    user_message_id uuid,
    options jsonb not null default '{}',
    attempts integer not null default 0,
    stop_requested_at timestamptz,
    error jsonb,
    created_at timestamptz not null default now(),
    started_at timestamptz,
    ended_at timestamptz,
    unique (user_id, idempotency_key),
    foreign key (user_id, conversation_id) references conversations (user_id, id) on delete cascade
);
create index turns_of_conversation on turns (user_id, conversation_id, created_at);
create index turns_unfinished on turns (user_id, conversation_id, created_at) where status in ('queued', 'running');

create table messages (
    id uuid primary key,
    user_id uuid not null references users on delete cascade,
    conversation_id uuid not null,
    parent_id uuid,
    turn_id uuid references turns on delete set null,
    step integer not null default 0,
    role text not null check (role in ('user', 'assistant', 'system')),
    content text not null,
    blocks jsonb not null default '[]',
    tool_calls jsonb,
    tool_results jsonb,
    attachments jsonb not null default '[]',
    model text,
    stop_reason text,
    status text not null default 'complete' check (status in ('complete', 'stopped', 'failed')),
    tokens_used integer,
    cost_usd numeric(14, 8),
    usage jsonb,
    created_at timestamptz not null default now(),
    search tsvector generated always as (to_tsvector('simple', left(content, 100000))) stored,
    foreign key (user_id, conversation_id) references conversations (user_id, id) on delete cascade
);
create index messages_of_conversation on messages (user_id, conversation_id, created_at, id);
create index messages_children on messages (user_id, conversation_id, parent_id);
create index messages_spent on messages (user_id, conversation_id) include (tokens_used, cost_usd)
    where tokens_used is not null;
create unique index messages_of_turn on messages (turn_id, step, role);

create table summaries (
    id uuid primary key,
    user_id uuid not null references users on delete cascade,
    conversation_id uuid not null,
    up_to_id uuid not null references messages on delete cascade,
    content text not null,
    tokens integer not null,
    model text not null,
    created_at timestamptz not null default now(),
    foreign key (user_id, conversation_id) references conversations (user_id, id) on delete cascade
);
create index summaries_of_conversation on summaries (user_id, conversation_id, created_at desc);
create index summaries_ends on summaries (up_to_id);

create table attachments (
    id uuid primary key,
    user_id uuid not null references users on delete cascade,
    name text not null check (length(name) between 1 and 255),
    media_type text not null,
    kind text not null check (kind in ('image', 'text', 'document')),
    size integer not null,
    sha256 bytea not null,
    object_name text not null,
    created_at timestamptz not null default now()
);
create index attachments_of_user on attachments (user_id, created_at);

create table memory (
    id uuid primary key,
    user_id uuid not null references users on delete cascade,
    key text not null check (length(key) between 1 and 255),
    value jsonb not null,
    metadata jsonb not null default '{}',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    unique (user_id, key)
);

create table usage_log (
    id bigserial primary key,
    user_id uuid not null references users on delete cascade,
    conversation_id uuid,
    turn_id uuid,
    endpoint text not null,
    model text not null,
    tokens_input integer not null,
    tokens_output integer not null,
    tokens_cache_read integer not null default 0,
    tokens_cache_write integer not null default 0,
    cost_usd numeric(14, 8) not null,
    cached boolean not null default false,
    created_at timestamptz not null default now()
);
create index usage_of_user on usage_log (user_id, created_at);

-- The runtime's own tables hold no tenant data: kinds, keys and epochs only.
create table hosts (
    id uuid primary key,
    name text not null,
    node text not null,
    pid integer not null,
    kinds text[],
    capacity integer not null,
    actors integer not null default 0,
    lease_until timestamptz not null,
    started_at timestamptz not null default now()
);
create index hosts_by_lease on hosts (lease_until);

create table placements (
    kind text not null,
    key text not null,
    host uuid,
    epoch bigint not null default 1,
    pending boolean not null default false,
    updated_at timestamptz not null default now(),
    primary key (kind, key)
);
create index placements_of_host on placements (host);
create index placements_pending on placements (kind, key) where pending;

do $$
declare tenant text;
begin
    foreach tenant in array array['refresh_tokens', 'conversations', 'turns', 'messages', 'summaries', 'attachments',
                                  'memory', 'usage_log'] loop
        execute format('alter table %I enable row level security', tenant);
        execute format('alter table %I force row level security', tenant);
        execute format('create policy owner_only on %I to apex_app using (user_id = app_user())
                        with check (user_id = app_user())', tenant);
        execute format('grant select, insert, update, delete on %I to apex_app', tenant);
    end loop;
end $$;

alter table users enable row level security;
alter table users force row level security;
create policy self_only on users to apex_app using (id = app_user()) with check (id = app_user());
grant select, insert, update, delete on users to apex_app;
create policy login on users for select to apex_system using (true);
grant select (id, email, password_hash) on users to apex_system;

-- Recovery: a sweep wakes an actor that has unfinished work before anybody says whose conversation it is.
create policy recovery on conversations for select to apex_system using (true);
grant select (id, user_id) on conversations to apex_system;
grant select on placements to apex_system;

grant select, insert, update, delete on hosts, placements to apex_app;
grant usage, select on sequence usage_log_id_seq to apex_app;
