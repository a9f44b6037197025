"""The database roles: two groups that the policies name, and the login that the application connects as.

`apex_app` may touch the rows of the user it says it acts for; `apex_system` may read what login and recovery need, and
is entered on purpose (`set role`), never inherited. Neither owns anything.
"""

import base64
import hashlib
import hmac
import os
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg

APP, SYSTEM = "apex_app", "apex_system"
MAKE_GROUP = """
do $$ begin
    if not exists (select from pg_roles where rolname = '{name}') then
        create role {name} nologin;
    end if;
exception when duplicate_object or unique_violation then null;
end $$
"""


@dataclass(frozen=True)
class Login:
    """The account that the application connects as."""

    name: str
    password: str

    @classmethod
    def derive(cls, database: str, secret: str) -> "Login":
        """The login of a database: its password follows from a kept secret, so that it is kept nowhere else."""
        digest = hmac.digest(secret.encode(), f"login:{database}".encode(), "sha256")
        return cls(f"{database}_login"[:63], base64.urlsafe_b64encode(digest).decode().rstrip("="))

    def url(self, owner_url: str) -> str:
        """The owner's URL with this login in place of the owner."""
        parts = urlsplit(owner_url)
        host = parts.netloc.rpartition("@")[2]
        return urlunsplit(parts._replace(netloc=f"{quote(self.name)}:{quote(self.password)}@{host}"))


async def make_groups(conn: "asyncpg.Connection[Any]") -> None:
    """Make the two group roles where they are missing. They are shared by all databases of a server."""
    for name in (APP, SYSTEM):
        await conn.execute(MAKE_GROUP.format(name=name))


async def make_login(conn: "asyncpg.Connection[Any]", login: Login) -> None:
    """Make the application's login, or give the existing one its password and memberships again."""
    name = '"' + login.name.replace('"', '""') + '"'
    exists = await conn.fetchval("select 1 from pg_roles where rolname = $1", login.name)
    verb = "alter" if exists else "create"
    # The server gets the verifier, not the password: statements can end up in logs.
    await conn.execute(f"{verb} role {name} login password '{scram_verifier(login.password)}'")
    await conn.execute(f"grant {APP} to {name} with inherit true, set true")
    await conn.execute(f"grant {SYSTEM} to {name} with inherit false, set true")


async def why_unfit(conn: "asyncpg.Connection[Any]") -> str | None:
    """Why this connection's role may not be the application's, or None when it may."""
    row = await conn.fetchrow("select rolname, rolsuper, rolbypassrls from pg_roles where rolname = current_user")
    assert row is not None
    if row["rolsuper"] or row["rolbypassrls"]:
        return f"the role {row['rolname']!r} passes row-level security"
    if await conn.fetchval("select 1 from pg_class where relname = 'users' and pg_has_role(relowner, 'member')"):
        return f"the role {row['rolname']!r} owns the tables"
    if not await conn.fetchval("select pg_has_role($1, 'usage') and pg_has_role($2, 'set')", APP, SYSTEM):
        return f"the role {row['rolname']!r} is no member of {APP}, or of {SYSTEM} with inherit false, set true"
    return None


def scram_verifier(password: str, *, iterations: int = 4096) -> str:
    """What PostgreSQL stores of a password (RFC 5803): SCRAM-SHA-256$iterations:salt$stored:server."""
    salt = os.urandom(16)
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, iterations)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    encoded = (base64.b64encode(part).decode() for part in (salt, stored, server))
    return "SCRAM-SHA-256${}:{}${}:{}".format(iterations, *encoded)
