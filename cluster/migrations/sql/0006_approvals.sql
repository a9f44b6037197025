-- Calls of tools that wait for the person's word, and actors that are to be woken at a time.

-- An answer is for one call with exactly these arguments, and is used up when that begins to run. Rows reach their user
-- through their conversation, as turns do.
create table approvals (
    id uuid primary key,
    user_id uuid not null,
    conversation_id uuid not null,
    turn_id uuid not null,
    message_id uuid not null,
    call_id text not null,
    tool text not null,
    arguments jsonb not null,
    arguments_hash bytea not null,
    reason text not null check (reason in ('rule', 'untrusted')),
    status text not null default 'pending' check (status in ('pending', 'approved', 'denied', 'expired')),
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    answered_at timestamptz,
    answer_key text,   -- by which an answer that is delivered twice is known
    used_at timestamptz,
    unique (message_id, call_id),
    foreign key (user_id, conversation_id) references conversations (user_id, id) on delete cascade
);
create index approvals_of_conversation on approvals (user_id, conversation_id);
create index approvals_pending on approvals (user_id, turn_id) where status = 'pending';

alter table approvals enable row level security;
alter table approvals force row level security;
create policy owner_only on approvals to apex_app using (user_id = app_user()) with check (user_id = app_user());
grant select, insert, update, delete on approvals to apex_app;

alter table placements add column wake_at timestamptz;  -- it has work then, though none is pending before
create index placements_due on placements (wake_at) where wake_at is not null;
