"""Brings a database to this version's schema, from exactly one process, under the owner's role."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from cluster.errors import SettingsError, Unavailable
from cluster.migrations.roles import Login, make_groups, make_login

LOCK = 0x61706578
"""The advisory lock that holds other migrating processes back."""
OLDEST_SERVER = 160000
"""PostgreSQL 16: the first with grants that are set but not inherited."""


class NewerSchema(SettingsError):
    """The database was made by a newer version of ApexAurum; install that version, or use another database."""


@dataclass(frozen=True)
class Migrated:
    """From which revision to which; `before` is None for an empty database."""

    before: str | None
    after: str

    @property
    def changed(self) -> bool:
        """Whether anything was applied."""
        return self.before != self.after


async def migrate(owner_url: str, *, login: Login | None = None, create_database: bool = False) -> Migrated:
    """Make roles and tables what this version expects, and `login` one that may use them.

    Raises SettingsError (wrong URL, password, server version, no pgvector), NewerSchema or Unavailable.
    """
    if create_database:
        await _create_database(owner_url)
    conn = await connect(owner_url)
    try:
        await conn.execute("select pg_advisory_lock($1)", LOCK)
        await _check_server(conn)
        before = await current_revision(conn)
        after = newest_revision()
        if before is not None and before not in known_revisions():
            raise NewerSchema(
                f"the database has schema version {before}, this program knows up to {after}; "
                "install the newer ApexAurum, or use another database"
            )
        await make_groups(conn)
        if before != after:
            await _upgrade(owner_url)
        if login is not None:
            await make_login(conn, login)
        return Migrated(before, after)
    except asyncpg.InsufficientPrivilegeError as error:
        raise SettingsError(
            f"the role of {without_password(owner_url)} may not do what a migration needs: {error}; "
            "set APEX_OWNER_DATABASE_URL to the URL of a role that may create roles and extensions"
        ) from error
    finally:
        # Closing the connection lets the lock go.
        await conn.close()


async def connect(url: str) -> "asyncpg.Connection[Any]":
    """One connection. Raises SettingsError for what is wrong with the URL, Unavailable when nobody answers."""
    shown = without_password(url)
    try:
        return await asyncpg.connect(url, timeout=15)
    except asyncpg.InvalidCatalogNameError as error:
        raise SettingsError(f"there is no database at {shown}; create it, or check APEX_DATABASE_URL") from error
    except (asyncpg.InvalidPasswordError, asyncpg.InvalidAuthorizationSpecificationError) as error:
        raise SettingsError(f"{shown} refuses the name or password: {error}; check APEX_DATABASE_URL") from error
    except (ValueError, asyncpg.InterfaceError) as error:
        raise SettingsError(f"{shown} is not a PostgreSQL URL: {error}; check APEX_DATABASE_URL") from error
    except (OSError, asyncpg.PostgresError) as error:
        reason = str(error) or "no answer in time"
        raise Unavailable(f"{shown} does not answer: {reason}; check APEX_DATABASE_URL and the server") from error


async def current_revision(conn: "asyncpg.Connection[Any]") -> str | None:
    """The schema version of a database, None when it has none."""
    if await conn.fetchval("select to_regclass('alembic_version')") is None:
        return None
    return await conn.fetchval("select version_num from alembic_version")


def newest_revision() -> str:
    """The schema version that this program works with."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    assert head is not None
    return head


def known_revisions() -> set[str]:
    """All schema versions that this program can bring up to date."""
    return {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}


def without_password(url: str) -> str:
    """A URL fit to be shown."""
    try:
        parts = urlsplit(url)
        user = f"{parts.username}@" if parts.username else ""
        port = f":{parts.port}" if parts.port else ""
        return urlunsplit(parts._replace(netloc=f"{user}{parts.hostname or ''}{port}", query=""))
    except ValueError:
        return "the URL"


async def _check_server(conn: "asyncpg.Connection[Any]") -> None:
    version = int(await conn.fetchval("show server_version_num"))
    if version < OLDEST_SERVER:
        raise SettingsError(f"the database server is PostgreSQL {version // 10000}; ApexAurum needs 16 or newer")
    if not await conn.fetchval("select 1 from pg_available_extensions where name = 'vector'"):
        raise SettingsError("the database server lacks the extension pgvector; install it there (0.8.4 or newer)")


async def _create_database(url: str) -> None:
    parts = urlsplit(url)
    name = parts.path.lstrip("/")
    conn = await connect(urlunsplit(parts._replace(path="/postgres")))
    try:
        if not await conn.fetchval("select 1 from pg_database where datname = $1", name):
            await conn.execute(f'create database "{name}"')
    finally:
        await conn.close()


async def _upgrade(owner_url: str) -> None:
    async def connection() -> "asyncpg.Connection[Any]":
        return await connect(owner_url)

    engine = create_async_engine("postgresql+asyncpg://", async_creator=connection, poolclass=NullPool)
    try:
        async with engine.connect() as conn:
            await conn.run_sync(_run_alembic)
            await conn.commit()
    finally:
        await engine.dispose()


def _run_alembic(connection: Connection) -> None:
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
