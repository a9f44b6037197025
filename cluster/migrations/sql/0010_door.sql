-- Runs that a person asks for have their row before they begin, and uploads in pieces their parts.

-- Until it is settled such a run says 'interrupted' and when at the latest it has ended: a death needs nobody to note it.
alter table tool_runs
    add column running_until timestamptz,       -- null: settled
    add column request_key bytea,               -- SHA-256 of the Idempotency-Key, for a day
    add column request_hash bytea,              -- of the request that came with it
    add column answer text;                     -- what was answered, whole, as JSON
create unique index tool_runs_by_key on tool_runs (user_id, request_key) where request_key is not null;
grant update (outcome, content, seconds, limits, ended_at, running_until, request_key, request_hash, answer)
    on tool_runs to apex_app;

-- A file that comes in pieces: each lies in object storage under a name of its own until all are there. Its whole size
-- is taken from the quota from the beginning.
create table workspace_uploads (
    id uuid not null,
    user_id uuid not null references workspaces on delete cascade,
    path text collate "C" not null check (length(path) between 1 and 500),
    size bigint not null check (size >= 0),
    sha256 bytea,                               -- what the whole is to be, if the sender said
    may_replace boolean not null,
    received bigint not null default 0 check (received between 0 and size),
    pieces text[] not null default '{}',        -- names of objects, in their order
    expires_at timestamptz not null,
    primary key (user_id, id)
);
alter table workspace_uploads enable row level security;
alter table workspace_uploads force row level security;
create policy owner_only on workspace_uploads to apex_app using (user_id = app_user()) with check (user_id = app_user());
grant select, insert, update, delete on workspace_uploads to apex_app;

-- Whose files have something that is past its time: the system role may know whose, and since when, and no more.
create index workspace_entries_expiring on workspace_entries (deleted_at) where deleted_at is not null;
create index workspace_versions_expiring on workspace_versions (replaced_at);
create index workspace_leftovers_expiring on workspace_leftovers (due);
create index workspace_uploads_expiring on workspace_uploads (expires_at);
create policy sweep on workspace_entries for select to apex_system using (deleted_at is not null);
create policy sweep on workspace_versions for select to apex_system using (true);
create policy sweep on workspace_leftovers for select to apex_system using (true);
create policy sweep on workspace_uploads for select to apex_system using (true);
grant select (user_id, deleted_at) on workspace_entries to apex_system;
grant select (user_id, replaced_at) on workspace_versions to apex_system;
grant select (user_id, due) on workspace_leftovers to apex_system;
grant select (user_id, expires_at) on workspace_uploads to apex_system;
