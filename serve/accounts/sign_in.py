"""Sign-ins: a family of refresh tokens that begins with a password and ends by logout, by time or by a stolen token.

A refresh token is exchanged once. Exchanged again, somebody has a copy: the whole family ends. One exception, so that
two tabs that wake together, or an answer lost on the way, log nobody out: the same token may be exchanged again within
ten seconds of the first time, and the family gets another branch. A thief gains nothing by it beyond what the stolen
token gave already, and whoever of the two comes later with an old token ends the family.
"""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

from cluster.clients.postgres import Connection, Database
from cluster.errors import ApexError, Conflict
from cluster.ids import UserId, new_id
from serve.accounts import store
from serve.accounts.passwords import Passwords
from serve.accounts.store import Person
from serve.accounts.tokens import Claims, Tokens, digest
from serve.errors import BadToken, SignedOut, TokenReused, WrongCredentials

GRACE = timedelta(seconds=10)


class EmailTaken(Conflict):
    """There is an account with this email already."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A pair of tokens, and whose they are."""

    access_token: str
    refresh_token: str
    person: Person


class SignIns:
    """Opens accounts, and begins, continues and ends sign-ins."""

    def __init__(self, db: Database, passwords: Passwords, tokens: Tokens) -> None:
        self._db = db
        self._passwords = passwords
        self._tokens = tokens

    async def register(self, *, email: str, password: str, display_name: str | None) -> SignedIn:
        """Open an account and sign in. Raises EmailTaken, Busy."""
        password_hash = await self._passwords.hash(password)
        user = UserId(new_id())
        async with self._db.as_user(user) as conn:
            person = await store.add_person(
                conn, user, email=email, password_hash=password_hash, display_name=display_name
            )
            if person is None:
                raise EmailTaken
            return await _branch(conn, self._tokens, person, uuid4())

    async def sign_in(self, *, email: str, password: str) -> SignedIn:
        """Begin a family. Raises Busy; WrongCredentials, equally late whether the email or the password is wrong."""
        async with self._db.as_system() as conn:
            login = await store.find_login(conn, email)
        right = await self._passwords.verify(login.password_hash if login else None, password)
        if login is None or not right:
            raise WrongCredentials
        outdated = self._passwords.outdated(login.password_hash)
        newer = await self._passwords.hash(password) if outdated else None
        async with self._db.as_user(login.id) as conn:
            person = await store.person(conn)
            if person is None:
                raise WrongCredentials
            if newer:
                await store.set_password_hash(conn, newer)
            return await _branch(conn, self._tokens, person, uuid4())

    async def refresh(self, token: str) -> SignedIn:
        """Exchange a refresh token. Raises BadToken, ExpiredToken, SignedOut; TokenReused, with the family revoked."""
        claims = self._tokens.read(token, "refresh")
        async with self._db.as_user(claims.user) as conn:
            answer = await _exchange(conn, self._tokens, token, claims)
        if isinstance(answer, ApexError):
            raise answer
        return answer

    async def sign_out(self, token: str) -> None:
        """End the family of a refresh token; its access tokens live on for their last minutes. Raises BadToken."""
        claims = self._tokens.read(token, "refresh")
        async with self._db.as_user(claims.user) as conn:
            await store.lock_person(conn, claims.user)
            await store.revoke_family(conn, claims.family)


async def _exchange(conn: Connection, tokens: Tokens, token: str, claims: Claims) -> SignedIn | ApexError:
    """The new pair, or the error to raise after the commit: the revocation has to last."""
    if not await store.lock_person(conn, claims.user):
        return SignedOut()
    person = await store.person(conn)
    kept = await store.kept_token(conn, claims.id)
    if person is None or kept is None or kept.token_hash != digest(token):
        return BadToken()
    if kept.revoked:
        return SignedOut()
    if kept.used_ago is not None and kept.used_ago > GRACE:
        await store.revoke_family(conn, kept.family_id)
        return TokenReused()
    await store.mark_used(conn, claims.id)
    return await _branch(conn, tokens, person, kept.family_id)


async def _branch(conn: Connection, tokens: Tokens, person: Person, family: UUID) -> SignedIn:
    refresh_token, claims = tokens.sign(person.id, family, "refresh")
    await store.add_token(
        conn,
        token=claims.id,
        user=person.id,
        family=family,
        token_hash=digest(refresh_token),
        expires_at=claims.expires_at,
    )
    return SignedIn(tokens.sign(person.id, family, "access")[0], refresh_token, person)
