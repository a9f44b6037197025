"""Full-text search over a person's titles and messages.

The index of a tenant is its own rows: row-level security does not let the planner ask a text index before it has
checked whose row it is (the operator is not leakproof), so the words of the user's messages are compared one by one,
from the stored vectors.
"""

import re
from dataclasses import dataclass
from datetime import datetime

from actors.stores.conversations import WAITING, Conversation, Wanted
from cluster.clients.postgres import Connection
from cluster.ids import ConversationId, MessageId

WORDS = re.compile(r"\w+")
MOST_WORDS = 16
TITLE_WEIGHT = 4.0
"""A word in the title says more than one in a message."""
MARK = "StartSel=\x02, StopSel=\x03, MaxWords=24, MinWords=12"


@dataclass(frozen=True, slots=True)
class Found:
    """A conversation that has the words: the best message, and its place in the order."""

    conversation: Conversation
    message_id: MessageId | None
    snippet: str | None
    """An excerpt of the message; the words found stand between U+0002 and U+0003."""


def words_of(text: str) -> str | None:
    """What a person types as a text query: all words, the last one as a beginning. None without words."""
    words = WORDS.findall(text.casefold())[:MOST_WORDS]
    return " & ".join(f"'{word}'" for word in words) + ":*" if words else None


async def search(conn: Connection, text: str, wanted: Wanted, *, skip: int, limit: int) -> list[Found]:
    """Conversations whose title or one of whose messages has all words, best first."""
    words = words_of(text)
    if words is None:
        return []
    rows = await conn.fetch(
        """with asked as materialized (select to_tsquery('simple', $1) as words),
           titled as (
             select c.id, $2::float8 * ts_rank(to_tsvector('simple', c.title), words) as score
             from conversations c, asked where to_tsvector('simple', c.title) @@ words),
           said as (
             select distinct on (m.conversation_id) m.conversation_id as id, m.id as message_id,
                    ts_rank(m.search, words)::float8 as score
             from messages m, asked where m.search @@ words
             order by m.conversation_id, ts_rank(m.search, words) desc, m.created_at desc),
           ranked as (
             select id, said.message_id, coalesce(titled.score, 0) + coalesce(said.score, 0) as score
             from titled full join said using (id)),
           best as (
             select c.id, c.title, c.model, c.agent, c.leaf_id, c.favorite, c.archived, c.tags, c.created_at,
                    c.updated_at,
                    """
        + WAITING
        + """ as waiting, r.message_id, r.score
             from ranked r join conversations c on c.id = r.id
             where c.deleted_at is null and c.kind = 'chat'
               and ($3::boolean is null or c.favorite = $3)
               and ($4::boolean is null or c.archived = $4)
               and ($5::text is null or $5 = any(c.tags))
             order by r.score desc, c.updated_at desc, c.id desc
             offset $6 limit $7)
           select b.*, (select ts_headline('simple', left(m.content, 20000), words, $8) from messages m, asked
                        where m.id = b.message_id) as snippet
           from best b order by b.score desc, b.updated_at desc, b.id desc""",
        words,
        TITLE_WEIGHT,
        wanted.favorite,
        wanted.archived,
        wanted.tag,
        skip,
        limit,
        MARK,
    )
    found: list[Found] = []
    for row in rows:
        id, title, model, agent, leaf, favorite, archived, tags, created, updated, waiting, *hit = row.values()
        message, _, snippet = hit
        created_at: datetime = created
        conversation = Conversation(
            ConversationId(id), title, model, agent, leaf, favorite, archived, tags, created_at, updated, waiting
        )
        found.append(Found(conversation, message, snippet))
    return found
