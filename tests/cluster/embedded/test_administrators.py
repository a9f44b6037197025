"""`apex admin` makes an account an administrator: over any database, and whether the instance is up or not."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from cluster.clients.postgres import Database
from cluster.embedded.administrators import appoint
from cluster.embedded.files import held
from cluster.embedded.home import Home
from cluster.embedded.outside import prepare_database
from cluster.embedded.parts import DATABASE
from cluster.embedded.postgres import PostgresServer
from cluster.errors import NotFound
from cluster.ids import UserId, new_id
from cluster.services import Clients
from cluster.settings import Settings


async def is_administrator(db: Database, user: UserId) -> bool:
    async with db.as_user(user) as conn:
        return await conn.fetchval("select admin from users")


async def test_rights_are_given_and_taken_on_a_set_database(
    settings: Settings, database: str, clients: Clients, user: UserId, stranger: UserId, tmp_path: Path
):
    settings = settings.model_copy(update={"owner_database_url": SecretStr(database)})
    home = Home.open(tmp_path / "home")
    await appoint(settings, home, f"{stranger}@EXAMPLE.com", admin=True)
    assert await is_administrator(clients.db, stranger) is True
    await appoint(settings, home, f"{user}@example.com", admin=False)
    assert [await is_administrator(clients.db, one) for one in (user, stranger)] == [False, True]


async def test_an_unknown_email_is_named(settings: Settings, database: str, tmp_path: Path):
    settings = settings.model_copy(update={"owner_database_url": SecretStr(database)})
    with pytest.raises(NotFound, match=r"nobody@example\.com"):
        await appoint(settings, Home.open(tmp_path / "home"), "nobody@example.com", admin=True)


async def test_the_embedded_database_is_left_as_it_was_found(parts_folder: Path):
    home = Home.open(parts_folder / "admin")
    server = PostgresServer(home.path / "postgres", password=home.secret("postgres"))
    server.start()
    settings = Settings(home=home.path, database_url=SecretStr(server.url(DATABASE)))
    settings, _ = await prepare_database(settings, secret=home.secret("login"), embedded=True)
    users = [UserId(new_id()), UserId(new_id())]
    async with Database.open(settings, pool_size=1) as db:
        for user in users:
            async with db.as_user(user) as conn:
                await conn.execute(
                    "insert into users (id, email, password_hash) values ($1, $2, 'x')", user, f"{user}@example.com"
                )
        with held(home.lock, wait=False) as ours:  # as `apex up` holds it
            assert ours
            await appoint(Settings(home=home.path), home, f"{users[1]}@example.com", admin=True)
            assert server.alive()
        assert await is_administrator(db, users[1]) is True
    server.stop()
    await appoint(Settings(home=home.path), home, f"{users[1]}@example.com", admin=False)
    assert PostgresServer(home.path / "postgres", password=home.secret("postgres")).alive() is False
    assert not (home.path / "postgres" / "cluster" / "postmaster.pid").exists()
