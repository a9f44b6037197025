"""Migrations: from nothing to the newest, twice over, at once, and not backwards."""

import asyncio

import asyncpg
import pytest

from cluster.embedded.postgres import PostgresServer
from cluster.errors import SettingsError
from cluster.migrations.apply import NewerSchema, migrate, newest_revision
from cluster.migrations.roles import Login, why_unfit

LOGIN = Login.derive("fresh", "a secret for tests")


async def test_many_processes_at_once_migrate_once(postgres: PostgresServer) -> None:
    url = postgres.url("at_once")

    done = await asyncio.gather(migrate(url, create_database=True), return_exceptions=False)
    again = await asyncio.gather(*(migrate(url) for _ in range(3)))

    assert [each.before for each in done] == [None]
    assert {each.after for each in [*done, *again]} == {newest_revision()}
    assert not any(each.changed for each in again)


async def test_a_newer_schema_is_refused(database: str) -> None:
    conn = await asyncpg.connect(database)
    await conn.execute("update alembic_version set version_num = '9999'")
    await conn.close()

    with pytest.raises(NewerSchema, match="9999"):
        await migrate(database)


async def test_the_login_may_be_the_applications_and_the_owner_may_not(postgres: PostgresServer, database: str) -> None:
    await migrate(database, login=LOGIN)
    answers: list[str | None] = []
    for url in (LOGIN.url(database), database):
        conn = await asyncpg.connect(url)
        answers.append(await why_unfit(conn))
        await conn.close()

    assert answers[0] is None
    assert "row-level security" in str(answers[1])


async def test_a_database_that_is_not_there_is_named_without_the_password(postgres: PostgresServer) -> None:
    with pytest.raises(SettingsError, match="no database") as error:
        await migrate(postgres.url("not_there"))

    assert "password" not in str(error.value).replace("a password for tests", "LEAK")
    assert "LEAK" not in str(error.value)
