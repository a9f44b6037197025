-- What every tool run came to, for its user; and the audit log, to which the application may only add.

create table tool_runs (
    id uuid primary key,
    user_id uuid not null references users on delete cascade,
    conversation_id uuid,                       -- null: outside of a conversation
    turn_id uuid,                               -- null: a person ran it
    call_id text,                               -- the model's name for the call, within the turn
    tool text not null check (length(tool) between 1 and 200),
    arguments jsonb not null,
    arguments_hash bytea not null,              -- SHA-256 of their canonical JSON
    outcome text not null check (outcome in ('succeeded', 'failed', 'stopped', 'interrupted', 'ended', 'refused')),
    content text not null,                      -- what it said, cut
    seconds real,                               -- null: it never ran to an end
    limits jsonb not null default '{}',         -- what it was allowed, and what it used of it
    ended_at timestamptz not null default now(),
    unique (user_id, turn_id, call_id)
);
create index tool_runs_of_user on tool_runs (user_id, ended_at desc, id desc);

create table audit_log (
    id uuid primary key,
    user_id uuid not null,                      -- no reference: what was done stays known when the account is gone
    at timestamptz not null default now(),
    action text not null check (length(action) between 1 and 100),
    subject text not null,
    detail jsonb not null default '{}'
);
create index audit_log_of_user on audit_log (user_id, at desc);

alter table tool_runs enable row level security;
alter table tool_runs force row level security;
create policy owner_only on tool_runs to apex_app using (user_id = app_user()) with check (user_id = app_user());
grant select, insert, delete on tool_runs to apex_app;

alter table audit_log enable row level security;
alter table audit_log force row level security;
create policy own_deeds on audit_log to apex_app using (user_id = app_user()) with check (user_id = app_user());
grant select, insert on audit_log to apex_app;
