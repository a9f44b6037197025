"""Keys for programs: `apex_` and 43 characters, shown once, kept as a hash, limited by scopes and time.

A key is looked up at most every five seconds in each process. So a revocation is felt everywhere within five seconds,
and at once in the process that was asked for it.
"""

import re
import secrets
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from cluster.clients.postgres import Database
from cluster.errors import Conflict, Invalid, NotFound
from cluster.ids import UserId, new_id
from serve.accounts import key_store, store
from serve.accounts.key_store import FoundKey, KeyRow
from serve.accounts.scopes import SCOPES, Area, Scope, missing, permits
from serve.accounts.tokens import digest
from serve.errors import BadToken, ExpiredToken, ScopeMissing

PREFIX: Final = "apex_"
SHAPE = re.compile(r"apex_[A-Za-z0-9_-]{43}")
HINT_LENGTH = 9
KNOWN_SECONDS = 5.0
"""How long a process goes by what it last heard of a key."""
MOST_KNOWN = 10_000
MOST_KEYS = 100
"""Keys that one person may have."""
USE_KEPT = timedelta(minutes=1)


class KeyMissing(NotFound):
    """There is no such key."""


class TooManyKeys(Conflict):
    """This account has as many keys as it may have; revoke one first."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks. With a key: which, and what it may do; without, somebody who has signed in."""

    user: UserId
    key_hash: bytes | None = None
    scopes: frozenset[str] = frozenset()

    def require(self, area: Area | None, *, reading: bool) -> None:
        """Raises ScopeMissing when it is a key that may not do this in this area; None is open to no key."""
        if self.key_hash is None:
            return
        if area is None:
            raise ScopeMissing("no key opens this; sign in")
        if not permits(self.scopes, area, reading=reading):
            raise ScopeMissing(f"this key needs the scope {missing(area, reading=reading)}")


@dataclass(frozen=True, slots=True)
class MadeKey:
    """A new key: the text is nowhere else."""

    key: str
    row: KeyRow


class ApiKeys:
    """Makes, lists, revokes and recognises keys."""

    def __init__(self, db: Database, now: Callable[[], float] = time.monotonic) -> None:
        self._db = db
        self._now = now
        self._known: dict[bytes, tuple[FoundKey, float]] = {}

    async def make(
        self, user: UserId, *, name: str, scopes: Collection[Scope], expires_at: datetime | None = None
    ) -> MadeKey:
        """A new key of the user's. Raises TooManyKeys; Invalid for a time that is past."""
        if expires_at is not None and expires_at <= datetime.now(UTC):
            raise Invalid("a key that expires in the past opens nothing")
        key = PREFIX + secrets.token_urlsafe(32)
        async with self._db.as_user(user) as conn:
            await store.lock_person(conn, user)
            if await key_store.count_keys(conn) >= MOST_KEYS:
                raise TooManyKeys
            row = await key_store.add_key(
                conn,
                user,
                id=new_id(),
                name=name,
                hint=key[:HINT_LENGTH],
                key_hash=digest(key),
                scopes=[scope for scope in SCOPES if scope in scopes],
                expires_at=expires_at,
            )
        return MadeKey(key, row)

    async def revoke(self, user: UserId, key: UUID) -> None:
        """End a key. Ending what has ended is fine. Raises KeyMissing."""
        async with self._db.as_user(user) as conn:
            key_hash = await key_store.revoke_key(conn, key)
        if key_hash is None:
            raise KeyMissing
        self._known.pop(key_hash, None)

    async def read(self, key: str) -> Caller:
        """Whose key this is, and what it may do. Raises BadToken, ExpiredToken."""
        if SHAPE.fullmatch(key) is None:
            raise BadToken
        return await self.read_hash(digest(key))

    async def read_hash(self, key_hash: bytes) -> Caller:
        """The same by a key's hash, which opens nothing from outside."""
        found, until = self._known.get(key_hash, (None, 0.0))
        if found is None or self._now() >= until:
            found = await self._look_up(key_hash)
        if found.expires_at is not None and found.expires_at <= datetime.now(UTC):
            raise ExpiredToken
        return Caller(found.user_id, key_hash, frozenset(found.scopes))

    async def _look_up(self, key_hash: bytes) -> FoundKey:
        self._known.pop(key_hash, None)
        asked = self._now()
        async with self._db.as_system() as conn:
            found = await key_store.find_key(conn, key_hash)
        if found is None:
            raise BadToken
        if found.last_used_at is None or datetime.now(UTC) - found.last_used_at > USE_KEPT:
            async with self._db.as_user(found.user_id) as conn:
                await key_store.mark_used(conn, found.id)
        while len(self._known) >= MOST_KNOWN:
            self._known.pop(next(iter(self._known)))
        self._known[key_hash] = (found, asked + KNOWN_SECONDS)
        return found
