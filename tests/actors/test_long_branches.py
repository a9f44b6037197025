"""What a long conversation costs: work in proportion to the messages that are asked for, also before any statistics."""

from uuid import UUID

from actors.stores import branches, messages
from cluster.clients.postgres import Connection
from cluster.ids import ConversationId, MessageId, UserId, new_id
from cluster.services import Clients

LENGTH = 1000
LOOKUPS = 4
"""Rows that may be read for each message that is answered."""


async def long_conversation(conn: Connection, user: UserId) -> tuple[ConversationId, MessageId]:
    """A branch of LENGTH messages; answers the conversation and the last one."""
    conversation = ConversationId(new_id())
    ids: list[UUID] = [new_id() for _ in range(LENGTH)]
    await conn.execute("insert into conversations (id, user_id) values ($1, $2)", conversation, user)
    await conn.execute(
        """insert into messages (id, user_id, conversation_id, parent_id, role, content)
           select id, $2, $3, parent, 'user', 'said' from unnest($1::uuid[], $4::uuid[]) as said (id, parent)""",
        ids, user, conversation, [None, *ids[:-1]],
    )  # fmt: skip
    return conversation, MessageId(ids[-1])


async def rows_read(conn: Connection) -> int:
    """Rows of messages that this transaction has read so far."""
    return await conn.fetchval(
        """select coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0)
             from pg_stat_xact_user_tables where relname = 'messages'"""
    )


async def test_a_branch_is_walked_by_key(clients: Clients, user: UserId) -> None:
    async with clients.db.as_user(user) as conn:
        _, leaf = await long_conversation(conn, user)
        before = await rows_read(conn)

        path = await messages.path(conn, leaf, from_summary=True)

        assert len(path) == LENGTH
        assert await rows_read(conn) - before <= LOOKUPS * LENGTH


async def test_the_newest_page_reads_its_own_messages_only(clients: Clients, user: UserId) -> None:
    async with clients.db.as_user(user) as conn:
        conversation, leaf = await long_conversation(conn, user)
        before = await rows_read(conn)

        page = await branches.page(conn, conversation, end=leaf, limit=100)

        assert len(page.messages) == 100
        assert await rows_read(conn) - before <= LOOKUPS * 100


async def test_the_branches_at_a_point_are_found_by_key(clients: Clients, user: UserId) -> None:
    async with clients.db.as_user(user) as conn:
        conversation, leaf = await long_conversation(conn, user)
        parent = await conn.fetchval("select parent_id from messages where id = $1", leaf)
        before = await rows_read(conn)

        assert await messages.siblings(conn, conversation, parent, "user") == [leaf]
        assert await rows_read(conn) - before <= LOOKUPS
