"""The fixtures that all tests stand on give each test a world of its own."""

from uuid import uuid4

from cluster.clients.postgres import Database
from cluster.ids import UserId
from cluster.services import Clients


async def test_a_person_sees_their_own_row_only(clients: Clients, user: UserId, stranger: UserId) -> None:
    async with clients.db.as_user(user) as conn:
        rows = await conn.fetch("select id from users")

    assert [row["id"] for row in rows] == [user]


async def test_nobody_sees_no_rows(clients: Clients, user: UserId) -> None:
    async with clients.db.as_nobody() as conn:
        rows = await conn.fetch("select id from users")

    assert rows == []


async def test_the_system_role_reads_what_login_needs(clients: Clients, user: UserId) -> None:
    async with clients.db.as_system() as conn:
        assert await conn.fetchval("select count(*) from users") == 1


async def test_each_test_has_an_empty_event_log(clients: Clients) -> None:
    assert await clients.redis.keys() == []  # pyright: ignore[reportUnknownMemberType]

    await clients.redis.set(str(uuid4()), "1")


async def test_the_event_log_of_the_test_before_is_gone(clients: Clients) -> None:
    assert await clients.redis.keys() == []  # pyright: ignore[reportUnknownMemberType]


async def test_two_databases_are_two(clients: Clients) -> None:
    assert isinstance(clients.db, Database)
    async with clients.db.as_system() as conn:
        assert await conn.fetchval("select count(*) from users") == 0
