-- What hosts report of themselves, what recovery counts, and the versions that rows were written by.

alter table hosts add column cpu real not null default 0;          -- processor time used, as a share of one core
alter table hosts add column lag real not null default 0;          -- how late the event loop runs (seconds)
alter table hosts add column draining boolean not null default false;
alter table hosts add column version integer not null default 1;   -- protocol of the code that runs in it

alter table placements add column crashes integer not null default 0;  -- hosts in a row that died with its work unfinished
alter table placements add column version integer not null default 1;  -- protocol of the code that wrote the row last

alter table turns add column version integer not null default 1;       -- how options and steps are to be read
alter table turns add column progressed_at timestamptz;                -- when it last got on: a step, a tool, a token
alter table turns add column seconds_worked real not null default 0;   -- by all incarnations together

alter table users add column admin boolean not null default false;

-- Administrators see the runtime: ids, times and counts, nothing that anybody said. The first account of an instance
-- becomes one (on an instance that has accounts already, the oldest). Nobody's own rights are theirs to change.
create table administration (
    one boolean primary key default true check (one),
    founder uuid not null,
    founded_at timestamptz not null default now()
);
create function appoint_founder() returns trigger language plpgsql security definer set search_path from current as $$
begin
    insert into administration (founder) values (new.id) on conflict do nothing;
    new.admin := found;
    return new;
end $$;
create trigger appoint_founder before insert on users for each row execute function appoint_founder();

alter table users no force row level security;
with founded as (
    insert into administration (founder, founded_at)
    select id, created_at from users order by created_at, id limit 1 returning founder
)
update users set admin = true from founded where id = founder;
alter table users force row level security;

revoke insert, update on users from apex_app;
grant insert (id, email, password_hash, display_name, settings) on users to apex_app;
grant update (email, password_hash, display_name, settings, updated_at) on users to apex_app;
create policy administration on users for update to apex_system using (true) with check (true);
grant select (admin), update (admin) on users to apex_system;

create policy operation on turns for select to apex_system using (true);
grant select (id, conversation_id, status, attempts, created_at, started_at, ended_at, progressed_at, seconds_worked)
    on turns to apex_system;
grant select on hosts to apex_system;
create index turns_in_flight on turns (created_at) where status in ('queued', 'running');
create index turns_recovered on turns (started_at) where attempts > 1;

-- Recovery counts what is proof apart from what is suspicion.
alter table placements add column crashes_alone integer not null default 0;  -- of crashes: in a host of its own
alter table turns add column attempts_before_step integer not null default 0;  -- attempts when a step was committed last
alter table turns add column crashes_seen integer not null default 0;  -- placements.crashes when it was begun last
alter table turns add column waiting boolean not null default false;  -- for a person: no clock runs, no attempt counts
alter table placements add column alone_until timestamptz;  -- a place in a host of its own is held; past: none was free
create index placements_suspect on placements (kind, key) where crashes > 0;

-- Drain: left in good order by a host that stopped. Taking it up counts as no attempt, and nobody is told of a recovery.
alter table turns add column handed_over boolean not null default false;

-- Load: turns that stand in line for a place in this host. Where all hosts have some, there are too few hosts.
alter table hosts add column waiting integer not null default 0;
