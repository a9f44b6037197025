"""How a program without a browser gets a key (RFC 8628): it shows a short code, a person types it in where they are
signed in, sees what asks, and confirms; meanwhile the program asks again and again whether they have.

All of it lies in Redis, by the hashes of its codes, and is gone after ten minutes. The key is made when the program
fetches it, so that it is kept nowhere in between.
"""

import secrets
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, Literal, cast
from uuid import UUID

import orjson

from cluster.errors import NotFound
from cluster.ids import UserId
from serve.accounts.keys import ApiKeys, MadeKey
from serve.accounts.scopes import SCOPES, Scope
from serve.accounts.tokens import digest
from serve.errors import GrantRefused

if TYPE_CHECKING:
    from redis.asyncio import Redis

LIFE_SECONDS: Final = 600
INTERVAL_SECONDS: Final = 5
"""How often the program may ask."""
EARLY_SECONDS = 0.5
"""How much earlier an answer that was slow on its way may make it ask."""
KEY_LIFE = timedelta(days=90)
LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
"""No vowels, so that no words come out, and nothing that is mistaken for a digit (RFC 8628, section 6.1)."""
LENGTH = 8
"""34 bits; a signed-in person may try ten in ten minutes."""


class AuthorizationPending(GrantRefused):
    """Nobody has confirmed this code yet; ask again later."""

    error = "authorization_pending"


class SlowDown(GrantRefused):
    """This asks too often: wait five seconds longer between questions from now on."""

    error = "slow_down"


class AccessDenied(GrantRefused):
    """The person has refused."""

    error = "access_denied"


class ExpiredCode(GrantRefused):
    """This device code has expired, was used, or never was: begin again."""

    error = "expired_token"


class CodeMissing(NotFound):
    """No program waits with this code: it was mistyped, decided on already, or ten minutes have passed."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a program asks for, and what was said to it."""

    name: str
    scopes: Sequence[Scope]
    address: str | None
    asked_at: float
    decided: bool = False
    user: str | None = None
    """Who confirmed; nobody, when it was decided and refused."""


@dataclass(frozen=True, slots=True)
class Codes:
    """The long code that the program keeps, and the short one that it shows."""

    device_code: str
    user_code: str


class Devices:
    """The programs that wait for somebody's word."""

    def __init__(self, redis: "Redis", keys: ApiKeys) -> None:
        self._redis = redis
        self._keys = keys

    async def begin(self, *, name: str, scopes: Sequence[Scope], address: str | None) -> Codes:
        """A program asks for a key."""
        asked = Asked(name, [scope for scope in SCOPES if scope in scopes], address, time.time())
        device_code = secrets.token_urlsafe(32)
        place = _place("code", device_code)
        await self._redis.set(place, orjson.dumps(asked), ex=LIFE_SECONDS)
        while True:
            letters = "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
            if await self._redis.set(_place("user", letters), place, ex=LIFE_SECONDS, nx=True):
                return Codes(device_code, f"{letters[:4]}-{letters[4:]}")

    async def waiting(self, user_code: str) -> Asked:
        """What the program with this code asks for. Raises CodeMissing."""
        place = cast("bytes | None", await self._redis.get(_place("user", plain(user_code))))
        asked = await self._asked(place.decode()) if place else None
        if asked is None:
            raise CodeMissing
        return asked

    async def decide(self, user: UserId, user_code: str, scopes: Collection[Scope]) -> None:
        """The person's word: these scopes, of those that were asked for; none of them refuses. Raises CodeMissing.

        A code is decided on once: whoever comes second finds nothing.
        """
        place = cast("bytes | None", await self._redis.getdel(_place("user", plain(user_code))))
        asked = await self._asked(place.decode()) if place else None
        if place is None or asked is None:
            raise CodeMissing
        granted = [scope for scope in SCOPES if scope in scopes and ("all" in asked.scopes or scope in asked.scopes)]
        decided = replace(asked, decided=True, user=str(user) if granted else None, scopes=granted)
        if not await self._redis.set(place, orjson.dumps(decided), xx=True, keepttl=True):
            raise CodeMissing

    async def fetch(self, device_code: str) -> tuple[UserId, MadeKey]:
        """The key, once, when the person has confirmed. Raises a GrantRefused until then; TooManyKeys."""
        place = _place("code", device_code)
        asked = await self._asked(place)
        if asked is not None and not asked.decided:
            pause = int((INTERVAL_SECONDS - EARLY_SECONDS) * 1000)
            in_time = await self._redis.set(f"{place}:asked", b"1", px=pause, nx=True)
            raise AuthorizationPending if in_time else SlowDown
        asked = _read(cast("bytes | None", await self._redis.getdel(place)))
        if asked is None:
            raise ExpiredCode
        if asked.user is None:
            raise AccessDenied
        user = UserId(UUID(asked.user))
        expires_at = datetime.now(UTC) + KEY_LIFE
        return user, await self._keys.make(user, name=asked.name, scopes=asked.scopes, expires_at=expires_at)

    async def _asked(self, place: str) -> Asked | None:
        return _read(cast("bytes | None", await self._redis.get(place)))


def plain(user_code: str) -> str:
    """A code as it was made, however it was typed."""
    return "".join(letter for letter in user_code.upper() if letter.isalnum())


def _place(kind: Literal["code", "user"], code: str) -> str:
    return f"device:{kind}:{digest(code).hex()}"


def _read(kept: bytes | None) -> Asked | None:
    return Asked(**orjson.loads(kept)) if kept else None
