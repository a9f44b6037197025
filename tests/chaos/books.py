"""What the database holds when all is over, and who wrote what when: triggers count what rows alone don't tell."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg
import orjson

from tests.chaos.display import Json
from tests.provider.answers import last_said
from tests.provider.app import Recorded

WATCH = """
create table if not exists chaos_writes (
    id bigserial primary key, what text not null, name text not null, at timestamptz default clock_timestamp()
);
create or replace function chaos_memory() returns trigger language plpgsql security definer as $$
begin
    insert into chaos_writes (what, name) values ('memory', new.key);
    return new;
end $$;
create or replace function chaos_results() returns trigger language plpgsql security definer as $$
begin
    insert into chaos_writes (what, name)
    select 'result', one->>'id' from jsonb_array_elements(coalesce(new.tool_results, '[]')) one
     where not coalesce(old.tool_results, '[]') @> jsonb_build_array(one);
    return new;
end $$;
create or replace trigger chaos_memory after insert or update on memory
    for each row execute function chaos_memory();
create or replace trigger chaos_results after update of tool_results on messages
    for each row execute function chaos_results();
"""
"""Each write of a memory and each result of a tool gets a number, in the order in which they were written."""


@dataclass(frozen=True, kw_only=True)
class Books:
    """Rows as plain dictionaries, ids as text."""

    turns: Sequence[Json]
    messages: Sequence[Json]
    usage: Sequence[Json]
    writes: Sequence[Json]
    leaves: Mapping[str, str]
    """The end of each conversation."""


async def read_books(conn: "asyncpg.Connection[Any]") -> Books:
    """All that the verdict looks at. Needs the owner's connection."""
    return Books(
        turns=await _rows(
            conn,
            """select id::text, user_id::text as user, conversation_id::text as conversation, idempotency_key as key,
                      status, attempts, error, user_message_id::text as question, created_at, started_at, ended_at
                 from turns order by created_at, id""",
        ),
        messages=await _rows(
            conn,
            """select id::text, conversation_id::text as conversation, parent_id::text as parent, turn_id::text as turn,
                      step, role, content, status, tool_calls, tool_results, usage, created_at
                 from messages order by created_at, id""",
        ),
        usage=await _rows(
            conn,
            """select turn_id::text as turn, tokens_input as input_tokens, tokens_output as output_tokens,
                      tokens_cache_read as cache_read_tokens, tokens_cache_write as cache_write_tokens
                 from usage_log where endpoint = 'chat' order by id""",
        ),
        writes=await _rows(conn, "select id, what, name from chaos_writes order by id"),
        leaves={
            row["id"]: row["leaf"]
            for row in await _rows(conn, "select id::text, leaf_id::text as leaf from conversations")
        },
    )


def spoken(requests: Sequence[Recorded]) -> dict[tuple[str, int], list[Json]]:
    """What the provider counted for each message and step, in the ledger's words; several where it was asked again."""
    found: dict[tuple[str, int], list[Json]] = {}
    for request in requests:
        used = request.usage
        if used:
            counted = {
                "input_tokens": used["input_tokens"],
                "output_tokens": used["output_tokens"],
                "cache_read_tokens": used["cache_read_input_tokens"],
                "cache_write_tokens": used["cache_creation_input_tokens"],
            }
            found.setdefault(last_said(request.body["messages"]), []).append(counted)
    return found


async def _rows(conn: "asyncpg.Connection[Any]", sql: str) -> list[Json]:
    rows: list[Json] = []
    for row in await conn.fetch(sql):
        # The application's connections decode JSON; this one does not know how.
        names = ("tool_calls", "tool_results", "usage", "error")
        values = {name: orjson.loads(row[name]) for name in names if isinstance(row.get(name), str)}
        rows.append({**dict(row), **values})
    return rows
