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
