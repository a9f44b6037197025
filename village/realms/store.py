"""The SQL of realms: what there is, and the two that each person has without asking."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Literal
from uuid import UUID

from cluster.clients.postgres import Connection, Row
from cluster.ids import RealmId, UserId, agent_name

RealmKind = Literal["private", "village", "bridge"]
Role = Literal["reader", "writer", "keeper"]


@dataclass(frozen=True, kw_only=True)
class Realm:
    """One realm, as whoever asks sees it. `agent` names the agent of a private one, `role` what they may do there."""

    id: RealmId
    kind: RealmKind
    owner_id: UserId
    agent: str | None
    name: str
    description: str
    embedding_model: str | None
    threshold: float
    created_at: datetime
    role: Role


def private_realm(user: UserId, agent: str) -> RealmId:
    """The realm of one agent alone. Its id follows from whose it is, so that nobody has to look it up."""
    return _own_realm(user, f"private realm of {agent_name(agent)}")


def home_village(user: UserId) -> RealmId:
    """The realm that all agents of a user share from the beginning."""
    return _own_realm(user, "home village")


async def open_private(conn: Connection, user: UserId, agent: str) -> RealmId:
    """See to it that an agent has its private realm. In person: an agent makes no realms."""
    name = agent_name(agent)
    realm = private_realm(user, name)
    await conn.execute(
        """insert into realms (id, kind, owner_id, agent, name) values ($1, 'private', $2, $3, $3)
           on conflict do nothing""",
        realm, user, name,
    )  # fmt: skip
    await conn.execute(
        """insert into realm_members (realm_id, user_id, agent, role) values ($1, $2, $3, 'keeper')
           on conflict do nothing""",
        realm, user, name,
    )  # fmt: skip
    return realm


async def open_home(conn: Connection, user: UserId) -> RealmId:
    """See to it that a user has the village of all their agents. In person."""
    realm = home_village(user)
    await conn.execute(
        """insert into realms (id, kind, owner_id, name) values ($1, 'village', $2, 'My village')
           on conflict do nothing""",
        realm, user,
    )  # fmt: skip
    await conn.execute(
        "insert into realm_members (realm_id, user_id, role) values ($1, $2, 'keeper') on conflict do nothing",
        realm, user,
    )  # fmt: skip
    return realm


async def find(conn: Connection, realm: RealmId) -> Realm | None:
    """One realm, if whoever asks may read it."""
    rows = await conn.fetch(
        """select r.*, a.role from realms r join realm_access a on a.realm_id = r.id
            where r.id = $1 and a.user_id = app_user() and (app_agent() is null or a.agent in ('', app_agent()))
            order by array_position(array['keeper', 'writer', 'reader'], a.role) limit 1""",
        realm,
    )
    return _realm(rows[0]) if rows else None


async def all_of(conn: Connection) -> list[Realm]:
    """All realms that whoever asks may read: villages first, then bridges, then private ones."""
    rows = await conn.fetch(
        """select distinct on (r.id) r.*, a.role from realms r join realm_access a on a.realm_id = r.id
            where a.user_id = app_user() and (app_agent() is null or a.agent in ('', app_agent()))
            order by r.id, array_position(array['keeper', 'writer', 'reader'], a.role)"""
    )
    order = {"village": 0, "bridge": 1, "private": 2}
    return sorted(map(_realm, rows), key=lambda realm: (order[realm.kind], realm.created_at))


async def owner(conn: Connection, realm: RealmId) -> UserId | None:
    """Whose a realm is. Needs the system role: its actor asks before it can act for anybody."""
    return await conn.fetchval("select owner_id from realms where id = $1", realm)


def _own_realm(user: UserId, what: str) -> RealmId:
    """A UUID version 8 (RFC 9562, section 5.8), as the function `own_realm` of the database makes it too."""
    digest = bytearray(sha256(user.bytes + what.encode()).digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x80
    digest[8] = digest[8] & 0x3F | 0x80
    return RealmId(UUID(bytes=bytes(digest)))


def _realm(row: Row) -> Realm:
    return Realm(**{name: row[name] for name in Realm.__dataclass_fields__})
