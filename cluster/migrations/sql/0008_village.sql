-- The village: realms of shared memory, who may enter them, what is known there, and where minds agree.

create function app_agent() returns text language sql stable parallel safe
    as $$ select nullif(current_setting('app.agent', true), '') $$;

create table realms (
    id uuid primary key,
    kind text not null check (kind in ('private', 'village', 'bridge')),
    owner_id uuid not null references users on delete cascade,
    agent text check (length(agent) between 1 and 50),   -- of a private realm: whose
    name text not null check (length(name) between 1 and 100),
    description text not null default '' check (length(description) <= 2000),
    embedding_model text,                                -- whose vectors answer here; null before the first
    threshold real not null default 0.75 check (threshold between 0 and 1),
    created_at timestamptz not null default now(),
    check ((kind = 'private') = (agent is not null))
);
create unique index realms_private on realms (owner_id, agent) where kind = 'private';

-- Who belongs: a person with all of their agents (agent is ''), or one agent of a person.
create table realm_members (
    realm_id uuid not null references realms on delete cascade,
    user_id uuid not null references users on delete cascade,
    agent text not null default '' check (length(agent) <= 50),
    role text not null check (role in ('reader', 'writer', 'keeper')),
    added_by uuid,
    added_at timestamptz not null default now(),
    primary key (realm_id, user_id, agent)
);

-- The same, by user: what the policies of all other tables read. Kept by a trigger; nobody writes it.
create table realm_access (
    user_id uuid not null references users on delete cascade,
    realm_id uuid not null references realms on delete cascade,
    agent text not null,
    role text not null,
    primary key (user_id, realm_id, agent)
);

create table realm_invites (
    id uuid primary key,
    realm_id uuid not null references realms on delete cascade,
    token_hash bytea not null unique,
    role text not null check (role in ('reader', 'writer', 'keeper')),
    created_by uuid not null references users on delete cascade,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    uses_left integer not null check (uses_left >= 0)
);
create index realm_invites_of on realm_invites (realm_id, created_at desc);

create table threads (
    id uuid primary key,
    realm_id uuid not null references realms on delete cascade,
    name text not null check (length(name) between 1 and 100),
    title text not null check (length(title) between 1 and 200),
    user_id uuid not null references users on delete cascade,
    agent text,                                          -- who began it; null for the person
    position integer not null default 0,
    created_at timestamptz not null default now(),
    archived_at timestamptz,
    unique (realm_id, name),
    unique (realm_id, id)
);

create table knowledge (
    id uuid primary key,
    realm_id uuid not null references realms on delete cascade,
    user_id uuid not null references users on delete cascade,
    agent text check (length(agent) between 1 and 50),   -- who said it; null for the person
    content text not null check (length(content) between 1 and 20000),
    category text not null default 'general' check (length(category) between 1 and 50),
    kind text not null default 'fact' check (length(kind) between 1 and 50),
    confidence real not null default 1 check (confidence between 0 and 1),
    tags text[] not null default '{}',
    thread_id uuid,
    related_agents text[] not null default '{}',
    -- Where it comes from.
    origin text not null check (origin in ('turn', 'import', 'tool', 'person')),
    source text not null default 'conversation' check (length(source) <= 200),
    conversation_id uuid,                                -- it outlives its conversation and turn
    turn_id uuid,
    responding_to uuid[] not null default '{}',
    derived_from uuid[] not null default '{}',
    related uuid[] not null default '{}',
    trusted boolean not null default true,               -- false: it may hold text by strangers
    external_id text check (length(external_id) <= 200),
    details jsonb not null default '{}',
    -- When it holds, and its versions: all of one root; the current one has no successor.
    root_id uuid not null,
    version integer not null default 1,
    superseded_by uuid,
    valid_from timestamptz not null default now(),
    valid_until timestamptz,
    created_at timestamptz not null default now(),
    removed_at timestamptz,
    access_count integer not null default 0,
    last_accessed_at timestamptz,
    -- Its words, and its realm as one more: so the index finds the words of one realm without reading those of others.
    search tsvector generated always as
        (to_tsvector('english', content) || array_to_tsvector(array['realm:' || realm_id::text])) stored,
    foreign key (realm_id, thread_id) references threads (realm_id, id),
    unique (realm_id, id),
    unique (realm_id, root_id, version)
);
create index knowledge_newest on knowledge (realm_id, created_at desc, id desc)
    where superseded_by is null and removed_at is null;
create index knowledge_of_thread on knowledge (realm_id, thread_id, created_at) where thread_id is not null;
create unique index knowledge_imported on knowledge (realm_id, external_id, version) where external_id is not null;
create index knowledge_words on knowledge using gin (search);

-- Vectors of what is current. A realm that moves to another model has those of both for a while.
create table knowledge_vectors (
    realm_id uuid not null,
    knowledge_id uuid not null,
    model text not null,
    embedding halfvec not null,
    primary key (realm_id, knowledge_id, model),
    foreign key (realm_id, knowledge_id) references knowledge (realm_id, id) on delete cascade
);
create index knowledge_near on knowledge_vectors using hnsw ((embedding::halfvec(384)) halfvec_cosine_ops)
    where model = 'all-MiniLM-L6-v2-onnx-int8';

-- Who has read what, for lineage: an agent that writes what it read before is an echo. Added in batches.
create table knowledge_reads (
    realm_id uuid not null,
    knowledge_id uuid not null,
    user_id uuid not null references users on delete cascade,
    agent text not null default '',
    first_at timestamptz not null,
    primary key (realm_id, knowledge_id, user_id, agent),
    foreign key (realm_id, knowledge_id) references knowledge (realm_id, id) on delete cascade
);

create table convergences (
    id uuid primary key,
    realm_id uuid not null references realms on delete cascade,
    kind text not null check (kind in ('HARMONY', 'CONSENSUS')),
    status text not null default 'open' check (status in ('open', 'confirmed', 'dismissed')),
    independent boolean not null,
    similarity real not null,                            -- the mean cosine of its statements to their middle
    answered_by uuid,
    answered_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    unique (realm_id, id)
);
create index convergences_newest on convergences (realm_id, updated_at desc, id desc);

create table convergence_statements (
    realm_id uuid not null,
    convergence_id uuid not null,
    knowledge_id uuid not null,
    similarity real not null,
    echo_of uuid,                                        -- a statement of it that its author had read before
    primary key (realm_id, convergence_id, knowledge_id),
    foreign key (realm_id, convergence_id) references convergences (realm_id, id) on delete cascade,
    foreign key (realm_id, knowledge_id) references knowledge (realm_id, id) on delete cascade
);
create index convergence_statements_of on convergence_statements (realm_id, knowledge_id);

-- What was done to a realm: promotions, merges, membership. Append-only; `undone_at` marks a merge that was taken back.
create table realm_log (
    id uuid primary key,
    realm_id uuid not null references realms on delete cascade,
    user_id uuid not null,
    agent text,
    action text not null check (length(action) <= 50),
    details jsonb not null default '{}',
    at timestamptz not null default now(),
    undone_at timestamptz
);
create index realm_log_newest on realm_log (realm_id, at desc, id desc);

-- Ancestors and other personas of a user's agents. The four founders are part of the program.
create table personas (
    user_id uuid not null references users on delete cascade,
    agent text not null check (length(agent) between 1 and 50),
    display_name text not null check (length(display_name) between 1 and 100),
    generation text not null default '',
    lineage text not null default '',
    specialization text not null default '',
    origin_story text not null default '' check (length(origin_story) <= 20000),
    color text,
    symbol text,
    persona text not null default '' check (length(persona) <= 20000),
    introduced_at timestamptz,
    created_at timestamptz not null default now(),
    primary key (user_id, agent)
);

alter table conversations add agent text check (length(agent) between 1 and 50);   -- who speaks; null: the assistant

-- The two realms whose ids follow from whose they are, so that nobody can take them first (`village/realms/store.py`).
create function own_realm(person uuid, what text) returns uuid language sql immutable parallel safe as $$
    select encode(set_byte(set_byte(d, 6, get_byte(d, 6) & 15 | 128), 8, get_byte(d, 8) & 63 | 128), 'hex')::uuid
      from substr(sha256(uuid_send(person) || what::bytea), 1, 16) as d
$$;

-- The realms that the one who asks may enter, at least as `wanted`. A person enters those of all their agents; an agent
-- its own, those of its person, and none of another agent's.
create function realms_of(wanted text) returns uuid[] language sql stable security definer set search_path from current as $$
    select coalesce(array_agg(distinct realm_id), '{}') from realm_access
     where user_id = app_user() and (app_agent() is null or agent in ('', app_agent()))
       and case wanted when 'reader' then true when 'writer' then role in ('writer', 'keeper') else role = 'keeper' end
$$;
revoke execute on function realms_of(text) from public;
grant execute on function realms_of(text) to apex_app;

-- What a recall may bring out of what is there; null: any. It is inlined: what is not asked for costs nothing.
create function recalled(
    k knowledge, agents text[], categories text[], thread_ids uuid[], wanted_tags text[], since timestamptz,
    before timestamptz, sureness real, trusted_only boolean
) returns boolean language sql stable as $$
    select k.superseded_by is null and k.removed_at is null and (k.valid_until is null or k.valid_until > now())
       and (agents is null or coalesce(k.agent, '') = any(agents))
       and (categories is null or k.category = any(categories))
       and (thread_ids is null or k.thread_id = any(thread_ids))
       and (wanted_tags is null or k.tags @> wanted_tags)
       and (since is null or k.created_at >= since) and (before is null or k.created_at < before)
       and (sureness is null or k.confidence >= sureness) and (trusted_only is not true or k.trusted)
$$;

-- Search by words: an index for words cannot be used below a row-level policy, so this looks for itself at what the one
-- who asks may read. A score is the share of the question's words that a text has, each weighted as in BM25 and counted
-- once (Robertson and Zaragoza, 2009; k1 = 1.2, b = 0.75). How rare a word is, is found in those realms alone: `size` is
-- how much is there, or so, a word is looked up 300 times at most, and what is in more than a twentieth of a sample is not
-- looked up at all. The rarest words lead to candidates, of which 2000 are scored: so the work is bounded.
create function recall_words(
    asked text, scope uuid[], agents text[], categories text[], thread_ids uuid[], wanted_tags text[], since timestamptz,
    before timestamptz, sureness real, trusted_only boolean, size integer, most integer
) returns table (knowledge_id uuid, score real) language plpgsql stable security definer
  set search_path from current set plan_cache_mode = force_custom_plan set enable_seqscan = off as $$
declare
    readable uuid[] := array(select unnest(scope) intersect select unnest(realms_of('reader')));
    homes tsquery := (select string_agg(format('''realm:%s''', id), ' | ')::tsquery from unnest(readable) as id);
    words tsquery[];
    weights real[];
    whole real;
    mean real;
    rare tsquery;
    pair tsquery;
    keys tsquery;
begin
    with sample as materialized (
        select s.search from unnest(readable) as realm, lateral (
            (select k.search from knowledge k where k.realm_id = realm and k.superseded_by is null and k.removed_at is null
              order by k.created_at desc, k.id desc limit 300)
            union all
            (select k.search from knowledge k where k.realm_id = realm and k.superseded_by is null and k.removed_at is null
              order by k.created_at, k.id limit 300)) s
         limit 600
    ), seen as (
        select greatest(count(*), 1)::real as texts, greatest(avg(length(search)) - 1, 1)::real as long from sample
    ), word as (
        select format('''%s''', replace(replace(lexeme, '\', '\\'), '''', ''''''))::tsquery as query
          from unnest(to_tsvector('english', left(asked, 2000))) order by positions[1] limit 24
    ), common as (
        select query, long, (select count(*) from sample where search @@ query) / texts as share from word, seen
    ), counted as (
        select query, long, least(size, case when share > 0.05 then greatest(share * size, 300) else (
                   select count(*) from (
                       select from knowledge k
                        where k.search @@ (query && homes) and k.realm_id = any(readable) limit 300) few) end) as held
          from common
    ), rated as (
        select *, ln(1 + (size - held + 0.5) / (held + 0.5)) as weight,
               sum(held) over (order by held, query::text) as together,
               row_number() over (order by held, query::text) as place
          from counted
    )
    select array_agg(query order by place), array_agg(weight::real order by place), sum(weight), max(long),
           string_agg(query::text, ' | ') filter (where together <= 600)::tsquery,
           string_agg(query::text, ' & ') filter (where place <= 2)::tsquery
      into words, weights, whole, mean, rare, pair
      from rated;
    if words is null or homes is null then
        return;
    end if;
    if size <= 600 then
        rare := (select string_agg(word::text, ' | ')::tsquery from unnest(words) as word);
    end if;
    foreach keys in array array[coalesce(rare, pair), pair, words[1]] loop
        return query
            with candidate as materialized (
                select k.id, k.search from knowledge k
                 where k.search @@ (keys && homes) and k.realm_id = any(readable)
                   and recalled(k, agents, categories, thread_ids, wanted_tags, since, before, sureness, trusted_only)
                 limit 2000
            )
            select c.id, (sum(w.weight) / whole * 2.2
                          / (1 + 1.2 * (0.25 + 0.75 * (length(c.search) - 1) / mean)))::real as score
              from candidate c join unnest(words, weights) as w (query, weight) on c.search @@ w.query
             group by c.id, length(c.search) order by score desc, c.id desc limit most;
        exit when found;
    end loop;
end $$;
revoke execute on function recall_words(
    text, uuid[], text[], text[], uuid[], text[], timestamptz, timestamptz, real, boolean, integer, integer) from public;
grant execute on function recall_words(
    text, uuid[], text[], text[], uuid[], text[], timestamptz, timestamptz, real, boolean, integer, integer) to apex_app;

-- What others have read, a realm's actor adds for them, as its owner in person. Some may be gone by then.
create function keep_reads(realm uuid, read uuid[], readers uuid[], reading text[], at timestamptz[]) returns void
  language sql security definer set search_path from current as $$
    insert into knowledge_reads (realm_id, knowledge_id, user_id, agent, first_at)
    select k.realm_id, k.id, u.id, given.agent, given.at
      from unnest(read, readers, reading, at) as given (id, reader, agent, at)
      join knowledge k on k.id = given.id join users u on u.id = given.reader
     where k.realm_id = realm and app_agent() is null and realm = any (realms_of('keeper'))
    on conflict do nothing
$$;
revoke execute on function keep_reads(uuid, uuid[], uuid[], text[], timestamptz[]) from public;
grant execute on function keep_reads(uuid, uuid[], uuid[], text[], timestamptz[]) to apex_app;

-- To a bridge only those come who are named: there a person's entry is theirs alone, under a name that no agent has.
create function keep_realm_access() returns trigger language plpgsql security definer set search_path from current as $$
declare
    one realm_members := coalesce(new, old);
    home realms;
    did text;
begin
    select * into home from realms where id = one.realm_id;
    if tg_op <> 'INSERT' then
        delete from realm_access where user_id = one.user_id and realm_id = one.realm_id
           and agent in (one.agent, case when one.agent = '' then '-' else one.agent end);
    end if;
    if tg_op <> 'DELETE' then
        insert into realm_access (user_id, realm_id, agent, role)
            values (one.user_id, one.realm_id, case when home.kind = 'bridge' and one.agent = '' then '-' else one.agent end, one.role);
    end if;
    -- Whoever was sent away does not come back by a link that they know, nor lets others in by one that they made.
    if tg_op = 'DELETE' and one.user_id is distinct from app_user() or tg_op = 'UPDATE' then
        delete from realm_invites where realm_id = one.realm_id;
    elsif tg_op = 'DELETE' then
        delete from realm_invites where realm_id = one.realm_id and created_by = one.user_id;
    end if;
    if home.id is null or tg_op = 'INSERT' and one.user_id = home.owner_id and one.agent in ('', home.agent) then
        return null;
    end if;
    did := case when tg_op = 'UPDATE' then 'member_changed'
                when tg_op = 'INSERT' then case when one.user_id = app_user() and one.added_by is distinct from app_user()
                                                then 'member_joined' else 'member_added' end
                when one.user_id = app_user() and one.user_id <> home.owner_id then 'member_left'
                else 'member_removed' end;
    insert into realm_log (id, realm_id, user_id, action, details)
        values (gen_random_uuid(), one.realm_id, coalesce(app_user(), one.user_id), did,
                jsonb_build_object('user_id', one.user_id, 'agent', nullif(one.agent, ''), 'role', one.role));
    return null;
end $$;
create trigger keep_realm_access after insert or update or delete on realm_members
    for each row execute function keep_realm_access();

create function log_realm() returns trigger language plpgsql security definer set search_path from current as $$
begin
    if tg_op = 'INSERT' or new.owner_id <> old.owner_id
       or (new.name, new.description, new.threshold) is distinct from (old.name, old.description, old.threshold) then
        insert into realm_log (id, realm_id, user_id, action, details)
            values (gen_random_uuid(), new.id, coalesce(app_user(), new.owner_id),
                    case when tg_op = 'INSERT' then 'realm_created'
                         when new.owner_id <> old.owner_id then 'realm_transferred' else 'realm_changed' end,
                    jsonb_build_object('name', new.name, 'owner_id', new.owner_id));
    end if;
    return null;
end $$;
create trigger log_realm after insert or update on realms for each row execute function log_realm();

create function log_invite() returns trigger language plpgsql security definer set search_path from current as $$
declare one realm_invites := coalesce(new, old);
begin
    if exists (select from realms where id = one.realm_id) then
        insert into realm_log (id, realm_id, user_id, action, details)
            values (gen_random_uuid(), one.realm_id, coalesce(app_user(), one.created_by),
                    case tg_op when 'INSERT' then 'invite_made' else 'invite_revoked' end,
                    jsonb_build_object('invite_id', one.id, 'role', one.role));
    end if;
    return null;
end $$;
create trigger log_invite after insert or delete on realm_invites for each row execute function log_invite();

-- References as exports write them: to knowledge of the same realm by name and version, to any other by id.
create function portable(realm uuid, refs uuid[]) returns jsonb language sql stable as $$
    select coalesce(jsonb_agg(case when k.id is null then to_jsonb(given.id)
                                   else jsonb_build_object('id', coalesce(k.external_id, k.root_id::text), 'version', k.version)
                              end order by given.place), '[]')
      from unnest(refs) with ordinality as given (id, place)
      left join knowledge k on k.realm_id = realm and k.id = given.id
$$;

-- Whether this version of something was said by this author: only then may a next one be in their name.
create function was_said_by(realm uuid, root uuid, which integer, person uuid, speaker text) returns boolean
    language sql stable security definer set search_path from current as $$
    select realm = any (realms_of('reader')) and exists (
        select from knowledge k where k.realm_id = realm and k.root_id = root and k.version = which
           and k.user_id = person and k.agent is not distinct from speaker)
$$;
revoke execute on function was_said_by(uuid, uuid, integer, uuid, text) from public;
grant execute on function was_said_by(uuid, uuid, integer, uuid, text) to apex_app;

-- Writers answer whether minds agree; what agrees, and how much, is for the realm itself to say.
create function keep_convergence() returns trigger language plpgsql as $$
begin
    if app_agent() is not null
       or not new.realm_id = any (realms_of('keeper')) and
          (new.id, new.realm_id, new.kind, new.independent, new.similarity, new.created_at)
          is distinct from (old.id, old.realm_id, old.kind, old.independent, old.similarity, old.created_at) then
        raise insufficient_privilege using message = 'new row violates row-level security: only the answer is yours';
    end if;
    return new;
end $$;
create trigger keep_convergence before update on convergences for each row
    when (current_user = 'apex_app' or app_user() is not null) execute function keep_convergence();

-- Those who share a realm with a person, and what they are called: nobody else can be named.
create function fellows() returns table (user_id uuid, display_name text)
    language sql stable security definer set search_path from current as $$
    select u.id, u.display_name from users u
     where app_user() is not null and app_agent() is null
       and u.id in (select other.user_id from realm_access mine join realm_access other using (realm_id)
                     where mine.user_id = app_user())
$$;
revoke execute on function fellows() from public;
grant execute on function fellows() to apex_app;
create policy by_owner on users for select to current_user using (true);

-- Its owner hands a realm over to a person who belongs to it. What each has without asking stays theirs.
create function transfer_realm(realm uuid, heir uuid) returns boolean
    language plpgsql security definer set search_path from current as $$
begin
    if app_user() is null or app_agent() is not null then
        return false;
    end if;
    perform from realms where id = realm and owner_id = app_user() and kind <> 'private'
        and id <> own_realm(owner_id, 'home village') for update;
    if not found then
        return false;
    end if;
    perform from realm_members where realm_id = realm and user_id = heir and agent = '' for update;
    if not found then
        return false;
    end if;
    update realm_members set role = 'keeper' where realm_id = realm and user_id = heir and agent = '' and role <> 'keeper';
    update realms set owner_id = heir where id = realm;
    return true;
end $$;
revoke execute on function transfer_realm(uuid, uuid) from public;
grant execute on function transfer_realm(uuid, uuid) to apex_app;

-- What an invitation leads to, for a person who holds its token.
create function look_at_invite(token bytea)
    returns table (name text, description text, kind text, role text, invited_by text, expires_at timestamptz, realm_id uuid)
    language sql stable security definer set search_path from current as $$
    select r.name, r.description, r.kind, i.role, u.display_name, i.expires_at,
           (select m.realm_id from realm_members m where m.realm_id = r.id and m.user_id = app_user() limit 1)
      from realm_invites i join realms r on r.id = i.realm_id join users u on u.id = i.created_by
     where app_user() is not null and app_agent() is null
       and i.token_hash = token and i.expires_at > now() and i.uses_left > 0
$$;
revoke execute on function look_at_invite(bytea) from public;
grant execute on function look_at_invite(bytea) to apex_app;

-- A person enters by an invitation whose token they hold: no row of it is theirs to read before.
create function join_realm(token bytea, agents text[]) returns uuid
    language plpgsql security definer set search_path from current as $$
declare
    invite realm_invites;
    added integer;
begin
    if app_user() is null or app_agent() is not null then
        return null;
    end if;
    select * into invite from realm_invites where token_hash = token and expires_at > now() and uses_left > 0 for update;
    if invite.id is null then
        return null;
    end if;
    insert into realm_members (realm_id, user_id, agent, role, added_by)
        select invite.realm_id, app_user(), name, invite.role, invite.created_by
          from unnest(case when agents = '{}' then array[''] else agents end) as name
         where name = '' or (select kind from realms where id = invite.realm_id) = 'bridge'
        on conflict do nothing;
    get diagnostics added = row_count;
    if added > 0 then
        update realm_invites set uses_left = uses_left - 1 where id = invite.id;
    end if;
    return invite.realm_id;
end $$;
revoke execute on function join_realm(bytea, text[]) from public;
grant execute on function join_realm(bytea, text[]) to apex_app;

do $$
declare name text;
begin
    foreach name in array array['realms', 'realm_members', 'realm_access', 'realm_invites', 'threads', 'knowledge',
        'knowledge_vectors', 'knowledge_reads', 'convergences', 'convergence_statements', 'realm_log', 'personas'] loop
        execute format('alter table %I enable row level security', name);
        execute format('alter table %I force row level security', name);
        -- The functions and triggers above run as the owner.
        execute format('create policy by_owner on %I to current_user using (true) with check (true)', name);
    end loop;

    -- What lies in a realm, its readers read. Its actor, which works as the realm's owner, keeps vectors and agreement.
    foreach name in array array['threads', 'knowledge', 'knowledge_vectors', 'convergences', 'convergence_statements'] loop
        execute format('create policy readers on %I for select to apex_app
                        using (realm_id = any ((select realms_of(''reader''))::uuid[]))', name);
        if name not in ('threads', 'knowledge') then
            execute format('create policy keepers_add on %I for insert to apex_app
                            with check (app_agent() is null and realm_id = any ((select realms_of(''keeper''))::uuid[]))', name);
        end if;
        execute format('create policy keepers_change on %I for update to apex_app
                        using (app_agent() is null and realm_id = any ((select realms_of(''keeper''))::uuid[]))
                        with check (app_agent() is null and realm_id = any ((select realms_of(''keeper''))::uuid[]))', name);
        execute format('create policy keepers_drop on %I for delete to apex_app
                        using (app_agent() is null and realm_id = any ((select realms_of(''keeper''))::uuid[]))', name);
        execute format('grant select, insert, update, delete on %I to apex_app', name);
    end loop;

    -- Its writers add what they say themselves, and change that. An agent speaks in its own name; a person may bring
    -- in what an agent of theirs said elsewhere.
    foreach name in array array['threads', 'knowledge'] loop
        execute format('create policy writers_add on %I for insert to apex_app
                        with check (user_id = app_user() and (app_agent() is null or agent = app_agent())
                                    and realm_id = any ((select realms_of(''writer''))::uuid[]) %s)', name,
                       case name when 'knowledge' then 'and (version = 1 and root_id = id
                            or was_said_by(realm_id, root_id, version - 1, user_id, agent))' else '' end);
        execute format('create policy writers_change on %I for update to apex_app
                        using (user_id = app_user() and (app_agent() is null or agent = app_agent())
                               and realm_id = any ((select realms_of(''writer''))::uuid[]))
                        with check (user_id = app_user() and (app_agent() is null or agent = app_agent())
                                    and realm_id = any ((select realms_of(''writer''))::uuid[]))', name);
    end loop;
end $$;
-- What others said, a keeper corrects by a next version, in the name of who said it; nobody says a first one for others.
create policy keepers_correct on knowledge for insert to apex_app
    with check (app_agent() is null and realm_id = any ((select realms_of('keeper'))::uuid[])
                and version > 1 and was_said_by(realm_id, root_id, version - 1, user_id, agent));
-- Whether minds agree, any writer may confirm or dismiss, in person.
create policy writers_answer on convergences for update to apex_app
    using (app_agent() is null and realm_id = any ((select realms_of('writer'))::uuid[]))
    with check (app_agent() is null and realm_id = any ((select realms_of('writer'))::uuid[])
                and answered_by = app_user());

create policy members on realms for select to apex_app
    using (id = any ((select realms_of('reader'))::uuid[]) or (owner_id = app_user() and app_agent() is null));
create policy owner_makes on realms for insert to apex_app
    with check (owner_id = app_user() and app_agent() is null
                and case when kind = 'private' then id = own_realm(owner_id, 'private realm of ' || agent)
                         else substr(id::text, 15, 1) = '7' or kind = 'village' and id = own_realm(owner_id, 'home village') end);
create policy keepers_change on realms for update to apex_app
    using (app_agent() is null and id = any ((select realms_of('keeper'))::uuid[]))
    with check (app_agent() is null and id = any ((select realms_of('keeper'))::uuid[]));
create policy owner_drops on realms for delete to apex_app using (owner_id = app_user() and app_agent() is null);
grant select, insert, delete, update (name, description, threshold, embedding_model) on realms to apex_app;

create policy members on realm_members for select to apex_app
    using (realm_id = any ((select realms_of('reader'))::uuid[]));
create policy keepers_add on realm_members for insert to apex_app
    with check (app_agent() is null and (added_by is null or added_by = app_user())
                and (user_id = app_user() or user_id in (select f.user_id from fellows() f))
                and exists (select from realms r where r.id = realm_id
                               and (r.owner_id = app_user() or realm_id = any ((select realms_of('keeper'))::uuid[]))
                               and case r.kind when 'private' then realm_members.user_id = r.owner_id
                                                                   and realm_members.agent = r.agent
                                               when 'village' then realm_members.agent = '' else true end));
create policy keepers_change on realm_members for update to apex_app
    using (app_agent() is null and realm_id = any ((select realms_of('keeper'))::uuid[])
           and not exists (select from realms r where r.id = realm_id and r.owner_id = user_id
                              and (realm_members.agent = '' or r.kind = 'private')));
create policy keepers_drop on realm_members for delete to apex_app
    using (app_agent() is null and (user_id = app_user() or realm_id = any ((select realms_of('keeper'))::uuid[]))
           and not exists (select from realms r where r.id = realm_id and r.owner_id = user_id
                              and (realm_members.agent = '' or r.kind = 'private')));
grant select, insert, update (role), delete on realm_members to apex_app;

create policy own on realm_access for select to apex_app
    using (user_id = app_user() and (app_agent() is null or agent in ('', app_agent())));
grant select on realm_access to apex_app;

create policy keepers on realm_invites to apex_app
    using (app_agent() is null and realm_id = any ((select realms_of('keeper'))::uuid[]))
    with check (app_agent() is null and realm_id = any ((select realms_of('keeper'))::uuid[]) and created_by = app_user());
grant select, insert, update (uses_left), delete on realm_invites to apex_app;

create policy readers on knowledge_reads for select to apex_app
    using (realm_id = any ((select realms_of('reader'))::uuid[]));
create policy readers_add on knowledge_reads for insert to apex_app
    with check (user_id = app_user() and (app_agent() is null or agent = app_agent())
                and realm_id = any ((select realms_of('reader'))::uuid[]));
grant select, insert on knowledge_reads to apex_app;

create policy readers on realm_log for select to apex_app using (realm_id = any ((select realms_of('reader'))::uuid[]));
create policy writers_add on realm_log for insert to apex_app
    with check (realm_id = any ((select realms_of('writer'))::uuid[]) and user_id = app_user()
                and (app_agent() is null or agent = app_agent()) and action !~ '^(realm|member|invite)_');
create policy writers_undo on realm_log for update to apex_app
    using (realm_id = any ((select realms_of('writer'))::uuid[]) and action !~ '^(realm|member|invite)_');
grant select, insert, update (undone_at) on realm_log to apex_app;

create policy owner_only on personas to apex_app using (user_id = app_user()) with check (user_id = app_user());
grant select, insert, update, delete on personas to apex_app;

-- A realm's actor asks on whose behalf it works on what was left.
create policy recovery on realms for select to apex_system using (true);
grant select (id, owner_id) on realms to apex_system;
