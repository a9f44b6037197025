"""A database that goes away, or runs out of something, is unavailable; nothing else is told."""

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from cluster.errors import Unavailable
from cluster.ids import UserId
from cluster.services import Clients


@pytest.fixture
async def owner(database: str) -> AsyncIterator["asyncpg.Connection[Any]"]:
    """A connection that can end others."""
    conn = await asyncpg.connect(database)
    yield conn
    await conn.close()


async def run_out(clients: Clients, user: UserId, state: str) -> None:
    """A transaction in which the server says that it has run out of something."""
    async with clients.db.as_user(user) as conn:
        await conn.execute("select set_config('test.state', $1, true)", state)
        await conn.execute("do $$ begin raise exception using errcode = current_setting('test.state'); end $$")


async def lose(clients: Clients, user: UserId, owner: "asyncpg.Connection[Any]", *, then_ask: bool) -> None:
    """A transaction whose connection the server ends before its commit."""
    async with clients.db.as_user(user) as conn:
        await owner.execute("select pg_terminate_backend($1, 5000)", await conn.fetchval("select pg_backend_pid()"))
        if then_ask:
            await conn.fetchval("select 1")


@pytest.mark.parametrize("state", ["53100", "53200", "53300"], ids=["disk", "memory", "connections"])
async def test_a_server_that_has_run_out_of_something_is_unavailable(clients: Clients, user: UserId, state: str):
    with pytest.raises(Unavailable):
        await run_out(clients, user, state)


@pytest.mark.parametrize("then_ask", [True, False], ids=["before a statement", "before the commit"])
async def test_a_connection_that_ends_within_a_transaction_is_unavailable(
    clients: Clients, user: UserId, owner: "asyncpg.Connection[Any]", then_ask: bool
):
    with pytest.raises(Unavailable):
        await lose(clients, user, owner, then_ask=then_ask)
