"""The SQL of a conversation's notes: rows of table memory under keys that the notebook cannot have."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cluster.clients.postgres import Connection
from cluster.ids import ConversationId, UserId, new_id


@dataclass(frozen=True, kw_only=True)
class Note:
    """A note without its value. `size` is the value's, in bytes of JSON."""

    key: str
    description: str
    size: int


@dataclass(frozen=True, kw_only=True)
class Value:
    """What a note says."""

    value: Any
    description: str


async def is_there(conn: Connection, conversation: ConversationId) -> bool:
    """Whether the user has this conversation. Locks it: its notes are written one after another, within bounds."""
    found = await conn.fetchval(
        "select true from conversations where id = $1 and deleted_at is null for no key update", conversation
    )
    return found is True


async def put(
    conn: Connection, user: UserId, conversation: ConversationId, key: str, value: object, note: dict[str, Any]
) -> None:
    """Write a note, replacing what was under the key."""
    await conn.execute(
        """insert into memory (id, user_id, key, value, metadata) values ($1, $2, $3, coalesce($4, 'null'::jsonb), $5)
           on conflict (user_id, key) do update
              set value = excluded.value, metadata = excluded.metadata, updated_at = now()""",
        new_id(), user, _prefix(conversation) + key, value, note,
    )  # fmt: skip


async def get(conn: Connection, conversation: ConversationId, key: str) -> Value | None:
    """A note, with its value."""
    row = await conn.fetchrow("select value, metadata from memory where key = $1", _prefix(conversation) + key)
    return None if row is None else Value(value=row["value"], description=row["metadata"]["description"])


async def notes(conn: Connection, conversation: ConversationId) -> Sequence[Note]:
    """All notes of a conversation, by key."""
    prefix = _prefix(conversation)
    rows = await conn.fetch("select key, metadata from memory where starts_with(key, $1) order by key", prefix)
    return [Note(key=row["key"].removeprefix(prefix), **row["metadata"]) for row in rows]


async def count(conn: Connection) -> int:
    """How many notes the user has, in all conversations."""
    return await conn.fetchval("select count(*) from memory where ascii(key) = 1")


async def delete(conn: Connection, conversation: ConversationId, keys: Sequence[str] | None) -> list[str]:
    """Drop notes, or all of the conversation's. Answers which were there."""
    prefix = _prefix(conversation)
    rows = await conn.fetch(
        """delete from memory where starts_with(key, $1) and ($2::text[] is null or key = any($2::text[]))
           returning key""",
        prefix, None if keys is None else [prefix + key for key in keys],
    )  # fmt: skip
    return sorted(row["key"].removeprefix(prefix) for row in rows)


def _prefix(conversation: ConversationId) -> str:
    return f"\x01{conversation}/"
