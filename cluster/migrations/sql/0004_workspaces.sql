-- A person's files. Bytes lie in object storage under names of their own; a row here never points to bytes that are
-- not there, and no bytes lie there that no row knows of.

create table workspaces (
    user_id uuid primary key references users on delete cascade,
    changed_at timestamptz not null default now()
);

create table workspace_entries (
    id uuid not null,
    user_id uuid not null references workspaces on delete cascade,
    path text collate "C" not null check (length(path) between 1 and 500),
    folder text collate "C" not null generated always as (
        case when position('/' in path) = 0 then '' else left(path, length(path) - position('/' in reverse(path))) end
    ) stored,
    is_folder boolean not null,
    size bigint not null default 0 check (size >= 0),
    sha256 bytea,
    media_type text,
    is_text boolean not null default false,
    object_name text,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    deleted_at timestamptz,
    deleted_with uuid,
    primary key (user_id, id),
    check (is_folder = (object_name is null)),
    check ((deleted_at is null) = (deleted_with is null))
);
create unique index workspace_entries_live on workspace_entries (user_id, path) where deleted_at is null;
create index workspace_entries_of_folder on workspace_entries (user_id, folder, path) where deleted_at is null;
create index workspace_entries_deleted on workspace_entries (user_id, deleted_with) where deleted_at is not null;

-- What a file held before, until it expires.
create table workspace_versions (
    id uuid not null,
    user_id uuid not null,
    file_id uuid not null,
    size bigint not null check (size >= 0),
    sha256 bytea not null,
    media_type text not null,
    is_text boolean not null,
    object_name text not null,
    written_at timestamptz not null,
    replaced_at timestamptz not null default now(),
    primary key (user_id, id),
    foreign key (user_id, file_id) references workspace_entries (user_id, id) on delete cascade
);
create index workspace_versions_of_file on workspace_versions (user_id, file_id, replaced_at);

-- Objects that no file holds yet, or any more: they go when they are due. One that is doomed is never taken up again.
create table workspace_leftovers (
    user_id uuid not null references workspaces on delete cascade,
    object_name text not null,
    size bigint not null,
    due timestamptz not null,
    doomed boolean not null default false,
    primary key (user_id, object_name)
);
create index workspace_leftovers_due on workspace_leftovers (user_id, due);

do $$
declare tenant text;
begin
    foreach tenant in array array['workspaces', 'workspace_entries', 'workspace_versions', 'workspace_leftovers'] loop
        execute format('alter table %I enable row level security', tenant);
        execute format('alter table %I force row level security', tenant);
        execute format('create policy owner_only on %I to apex_app using (user_id = app_user())
                        with check (user_id = app_user())', tenant);
        execute format('grant select, insert, update, delete on %I to apex_app', tenant);
    end loop;
end $$;
