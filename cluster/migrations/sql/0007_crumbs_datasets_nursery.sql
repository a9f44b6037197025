-- What agents leave for those after them, collections of texts, and what the nursery keeps of its training.

create table crumbs (
    id uuid primary key,
    user_id uuid not null references users on delete cascade,
    conversation_id uuid,                      -- where it was left; the crumb outlives it
    priority text not null check (priority in ('HIGH', 'MEDIUM', 'LOW')),
    kind text not null check (kind in ('orientation', 'technical', 'emotional', 'task')),
    summary text not null check (length(summary) between 1 and 4000),
    details jsonb not null default '{}',
    created_at timestamptz not null default now()
);
create index crumbs_newest on crumbs (user_id, created_at desc, id desc);

create table datasets (
    id uuid primary key,
    user_id uuid not null references users on delete cascade,
    name text not null check (length(name) between 1 and 100),
    description text not null default '' check (length(description) <= 2000),
    tags text[] not null default '{}',
    created_at timestamptz not null default now(),
    unique (user_id, name),
    unique (user_id, id)
);

create table passages (
    id uuid primary key,
    user_id uuid not null,
    dataset_id uuid not null,
    source text not null check (length(source) between 1 and 500),
    place integer not null,                    -- its number within the source, from 1
    page integer,
    content text not null check (length(content) between 1 and 4000),
    search tsvector generated always as (to_tsvector('simple', content)) stored,
    foreign key (user_id, dataset_id) references datasets (user_id, id) on delete cascade,
    unique (user_id, dataset_id, source, place)
);

create table training_sets (
    id uuid primary key,
    user_id uuid not null references users on delete cascade,
    name text not null check (length(name) between 1 and 100),
    path text not null,
    made_of text not null check (made_of in ('templates', 'conversations')),
    examples integer not null,
    bytes integer not null,
    tools jsonb not null default '{}',         -- how many examples each tool has
    agent text,
    created_at timestamptz not null default now(),
    unique (user_id, name)
);

create table trained_models (
    id uuid primary key,
    user_id uuid not null references users on delete cascade,
    name text not null check (length(name) between 1 and 200),
    path text,
    description text not null default '',
    capabilities text[] not null default '{}',
    base_model text,
    trainer text,
    performance jsonb not null default '{}',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    unique (user_id, name)
);

create table apprentices (
    id uuid primary key,
    user_id uuid not null references users on delete cascade,
    master text not null check (length(master) between 1 and 100),
    name text not null check (length(name) between 1 and 100),
    specialization text not null default '',
    base_model text not null,
    training_set text,                         -- the name of its training set
    examples integer not null default 0,
    status text not null check (status in ('created', 'dataset_ready', 'training', 'trained', 'failed')),
    created_at timestamptz not null default now(),
    unique (user_id, name)
);

do $$
declare tenant text;
begin
    foreach tenant in array array['crumbs', 'datasets', 'passages', 'training_sets', 'trained_models', 'apprentices'] loop
        execute format('alter table %I enable row level security', tenant);
        execute format('alter table %I force row level security', tenant);
        execute format('create policy owner_only on %I to apex_app using (user_id = app_user())
                        with check (user_id = app_user())', tenant);
        execute format('grant select, insert, update, delete on %I to apex_app', tenant);
    end loop;
end $$;
