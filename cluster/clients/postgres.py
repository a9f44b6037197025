"""PostgreSQL by asyncpg: one small pool, and a transaction that belongs to one user."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Any, LiteralString, Self, cast
from uuid import UUID

import asyncpg
import orjson

from cluster.errors import Invalid, SettingsError, Unavailable
from cluster.ids import UserId, agent_name
from cluster.settings import Settings

Row = asyncpg.Record
COMMAND_TIMEOUT = 30.0
"""Seconds that one statement may take."""
DROPPED = (
    *(OSError, asyncpg.PostgresConnectionError, asyncpg.CannotConnectNowError, asyncpg.AdminShutdownError),
    *(asyncpg.CrashShutdownError, asyncpg.InsufficientResourcesError),
)
"""What a lost or refused connection raises, and a server that is out of disk, memory or connections for the moment."""

UNSTORABLE = (asyncpg.CharacterNotInRepertoireError, asyncpg.UntranslatableCharacterError)
"""What a text with U+0000 in it raises, plain or in JSON."""


class Connection:
    """A connection inside a transaction. Queries are literals: text that is put together is a type error."""

    def __init__(self, raw: "asyncpg.Connection[Any]") -> None:
        self._raw = raw

    async def fetch(self, sql: LiteralString, *args: object) -> Sequence[Row]:
        """All rows."""
        return await self._raw.fetch(sql, *args)

    async def fetchrow(self, sql: LiteralString, *args: object) -> Row | None:
        """The first row, or None."""
        return await self._raw.fetchrow(sql, *args)

    async def fetchval(self, sql: LiteralString, *args: object) -> Any:
        """The first column of the first row, or None."""
        return await self._raw.fetchval(sql, *args)

    async def execute(self, sql: LiteralString, *args: object) -> int:
        """Run a statement; answers how many rows it touched."""
        tag = await self._raw.execute(sql, *args)
        last = tag.rpartition(" ")[2]
        return int(last) if last.isdigit() else 0


class Database:
    """The application's side of PostgreSQL. Its role owns nothing and cannot pass row-level security."""

    def __init__(self, pool: "asyncpg.Pool[Any]") -> None:
        self._pool = pool

    @classmethod
    @asynccontextmanager
    async def open(cls, settings: Settings, *, pool_size: int) -> AsyncGenerator[Self]:
        """Open a pool of at most `pool_size` connections. Raises SettingsError or Unavailable with what to do."""
        if settings.database_url is None:
            raise SettingsError("APEX_DATABASE_URL is not set; `apex up` sets it to the embedded database")
        try:
            pool = await asyncpg.create_pool(
                settings.database_url.get_secret_value(),
                min_size=1,
                max_size=pool_size,
                command_timeout=COMMAND_TIMEOUT,
                init=_prepare,
                reset=_nothing_to_reset,
                max_cached_statement_lifetime=0,  # planned anew every five minutes otherwise, at a millisecond each
                server_settings={
                    "application_name": "apexaurum",
                    # A process that is frozen in the middle of a transaction holds what it has locked: an actor's
                    # placement, say. No longer than it would hold the actor.
                    "idle_in_transaction_session_timeout": f"{settings.lease_seconds * 1000:.0f}",
                },
            )
        except (*DROPPED, asyncpg.InvalidAuthorizationSpecificationError, asyncpg.InvalidCatalogNameError) as error:
            raise Unavailable(f"the database does not answer: {error}; check APEX_DATABASE_URL") from error
        async with cast("asyncpg.Pool[Any]", pool) as opened:
            yield cls(opened)

    @staticmethod
    @asynccontextmanager
    async def alone(settings: Settings) -> AsyncGenerator[Connection]:
        """One connection outside the pool, each statement a transaction: for leases, which must not queue."""
        if settings.database_url is None:
            raise SettingsError("APEX_DATABASE_URL is not set; `apex up` sets it to the embedded database")
        url = settings.database_url.get_secret_value()
        try:
            raw = await asyncpg.connect(url, server_settings={"application_name": "apexaurum lease"})
            try:
                yield Connection(cast("asyncpg.Connection[Any]", raw))
            finally:
                raw.terminate()
        except (*DROPPED, asyncpg.InterfaceError, asyncpg.InternalClientError) as error:
            raise Unavailable(f"the database does not answer: {error}") from error

    @asynccontextmanager
    async def as_user(self, user: UserId, agent: str | None = None) -> AsyncGenerator[Connection]:
        """A transaction in which only this user's rows exist; of the village, only what this agent of theirs may see.

        Without an agent it is the person who asks. Raises Invalid for a name that no agent can have.
        """
        begin = f"begin; set local app.user_id = '{UUID(str(user))}'"
        if agent is not None:
            begin += f"; set local app.agent = '{agent_name(agent)}'"
        async with self._transaction(begin) as conn:
            yield conn

    @asynccontextmanager
    async def as_system(self) -> AsyncGenerator[Connection]:
        """A transaction under the system role, which reads the few columns that login and recovery need. Rare."""
        async with self._transaction("begin; set local role apex_system") as conn:
            yield conn

    @asynccontextmanager
    async def as_nobody(self, *, together: bool = True) -> AsyncGenerator[Connection]:
        """A transaction without a user: tenant tables are empty in it. For placements and hosts.

        Unless `together`, each statement is a transaction of its own, which spares a single one two round trips.
        """
        async with self._transaction("begin" if together else None) as conn:
            yield conn

    @asynccontextmanager
    async def _transaction(self, begin: str | None) -> AsyncGenerator[Connection]:
        try:
            async with self._pool.acquire() as raw:
                try:
                    if begin is not None:
                        await raw.execute(begin)
                    try:
                        yield Connection(cast("asyncpg.Connection[Any]", raw))
                    except BaseException:
                        if begin is not None and not _is_gone(raw):
                            await raw.execute("rollback")
                        raise
                    if begin is not None:
                        await raw.execute("commit")
                except asyncpg.InternalClientError as error:
                    # The server's last words came between two statements: the protocol is out of step for good.
                    raw.terminate()
                    raise Unavailable(f"the database does not answer: {error}") from error
                except asyncpg.InterfaceError as error:
                    if not _is_gone(raw):
                        raise
                    raise Unavailable(f"the database does not answer: {error}") from error
        except UNSTORABLE as error:
            raise Invalid("a text holds the character U+0000, which cannot be stored") from error
        except DROPPED as error:
            raise Unavailable(f"the database does not answer: {error}") from error


def _is_gone(raw: Any) -> bool:
    """Whether the server has ended a connection; the pool takes such a one back while it is still in use."""
    try:
        return raw.is_closed()
    except asyncpg.InterfaceError:
        return True


async def _prepare(raw: "asyncpg.Connection[Any]") -> None:
    for name in ("json", "jsonb"):
        await raw.set_type_codec(
            name, schema="pg_catalog", encoder=lambda v: orjson.dumps(v).decode(), decoder=orjson.loads
        )


async def _nothing_to_reset(_: "asyncpg.Connection[Any]") -> None:
    """All that is ever set ends with its transaction, so the pool's own reset would be a round trip for nothing."""
