-- Pieces of music and training jobs: what was asked of providers, and what came of it.

create table songs (
    id uuid primary key,
    user_id uuid not null references users on delete cascade,
    provider_task text,                        -- what the provider calls it, once it has begun
    status text not null default 'pending' check (status in ('pending', 'generating', 'completed', 'failed')),
    title text not null check (length(title) between 1 and 200),
    prompt text not null check (length(prompt) <= 5000),
    style text not null check (length(style) <= 1000),
    model text not null,
    instrumental boolean not null,
    agent text,
    midi_file text,                            -- what it was made of, if not of words
    tracks jsonb not null default '[]',        -- title, audio_url, duration, audio_file of each
    error text,
    favorite boolean not null default false,
    plays integer not null default 0,
    created_at timestamptz not null default now(),
    completed_at timestamptz
);
create index songs_newest on songs (user_id, created_at desc, id desc);

create table training_jobs (
    id uuid primary key,
    user_id uuid not null references users on delete cascade,
    provider text not null check (provider in ('together', 'replicate')),
    provider_job text,                         -- what the provider calls it, once it has begun
    status text not null default 'pending' check (status in ('pending', 'running', 'completed', 'failed', 'stopped')),
    training_set text not null,
    base_model text not null,
    output_name text not null,
    apprentice text,                           -- the name of the apprentice that it trains
    epochs integer not null,
    cost_usd double precision,                 -- as it was estimated before
    model_name text,                           -- what the provider calls the model that came of it
    agent text,
    error text,
    created_at timestamptz not null default now(),
    ended_at timestamptz
);
create index training_jobs_newest on training_jobs (user_id, created_at desc, id desc);

do $$
declare tenant text;
begin
    foreach tenant in array array['songs', 'training_jobs'] loop
        execute format('alter table %I enable row level security', tenant);
        execute format('alter table %I force row level security', tenant);
        execute format('create policy owner_only on %I to apex_app using (user_id = app_user())
                        with check (user_id = app_user())', tenant);
        execute format('grant select, insert, update, delete on %I to apex_app', tenant);
    end loop;
end $$;
