"""The SQL of who belongs to a realm: groups, grants, invitations, transfer. All of it in person (`db.as_user(user)`).

Whom one can name is who shares a realm with one already; everybody else comes by an invitation. So nothing here tells
who has an account.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Literal
from uuid import UUID

from cluster.clients.postgres import Connection
from cluster.errors import Conflict, Invalid, NotFound
from cluster.ids import RealmId, UserId, agent_name, new_id
from village.errors import NotAKeeper, RealmMissing
from village.realms.store import Realm, RealmKind, Role, find, home_village

MOST_REALMS = 200
MOST_MEMBERS = 500
MOST_INVITES = 100


class MemberMissing(NotFound):
    """There is nobody like that in this realm."""


class InviteMissing(NotFound):
    """There is no such invitation, or it counts no longer."""


@dataclass(frozen=True, kw_only=True)
class Member:
    """One entry of a realm's list. `agent` None: the person."""

    user_id: UserId
    display_name: str | None
    agent: str | None
    role: Role
    owner: bool
    added_at: datetime


@dataclass(frozen=True, kw_only=True)
class Invite:
    """An invitation; its token is not kept."""

    id: UUID
    role: Role
    created_by: UserId
    created_at: datetime
    expires_at: datetime
    uses_left: int


@dataclass(frozen=True, kw_only=True)
class Invitation:
    """What an invitation leads to. `realm_id` only for who belongs already."""

    name: str
    description: str
    kind: RealmKind
    role: Role
    invited_by: str | None
    expires_at: datetime
    realm_id: RealmId | None


@dataclass(frozen=True, kw_only=True)
class Logged:
    """Something that was done to a realm."""

    id: UUID
    user_id: UserId
    agent: str | None
    action: str
    details: dict[str, Any]
    at: datetime
    undone_at: datetime | None


async def create(
    conn: Connection, user: UserId, kind: Literal["village", "bridge"], name: str, description: str
) -> RealmId:
    """A new realm with its maker as owner and keeper."""
    if await conn.fetchval("select count(*) from realms where owner_id = $1", user) >= MOST_REALMS:
        raise Conflict(f"a person owns at most {MOST_REALMS} realms")
    realm = RealmId(new_id())
    await conn.execute(
        "insert into realms (id, kind, owner_id, name, description) values ($1, $2, $3, $4, $5)",
        realm, kind, user, name, description,
    )  # fmt: skip
    await conn.execute("insert into realm_members (realm_id, user_id, role) values ($1, $2, 'keeper')", realm, user)
    return realm


async def change(
    conn: Connection, realm: RealmId, *, name: str | None, description: str | None, threshold: float | None
) -> None:
    """What a keeper changes; None stays. Raises RealmMissing, NotAKeeper."""
    await keeper(conn, realm)
    await conn.execute(
        """update realms set name = coalesce($2, name), description = coalesce($3, description),
                             threshold = coalesce($4, threshold) where id = $1""",
        realm, name, description, threshold,
    )  # fmt: skip


async def delete(conn: Connection, user: UserId, realm: RealmId) -> None:
    """Its owner does away with a realm and all that is known there. Raises RealmMissing, NotAKeeper, Conflict."""
    await _owned(conn, user, realm)
    if realm == home_village(user):
        raise Conflict("the village of your own agents stays")
    await conn.execute("delete from realms where id = $1", realm)


async def transfer(conn: Connection, user: UserId, realm: RealmId, heir: UserId) -> None:
    """Make a person who belongs the owner. Raises RealmMissing, NotAKeeper, MemberMissing, Conflict."""
    found = await _owned(conn, user, realm)
    if found.kind == "private" or realm == home_village(user):
        raise Conflict("this realm is yours alone to have")
    if not await conn.fetchval("select transfer_realm($1, $2)", realm, heir):
        raise MemberMissing


async def members(conn: Connection, realm: RealmId) -> Sequence[Member]:
    """Who belongs: the owner first, then by when they came."""
    rows = await conn.fetch(
        """select m.user_id, f.display_name, nullif(m.agent, '') as agent, m.role, m.added_at,
                  m.user_id = r.owner_id and (m.agent = '' or r.kind = 'private') as owner
             from realm_members m join realms r on r.id = m.realm_id left join fellows() f on f.user_id = m.user_id
            where m.realm_id = $1 order by owner desc, m.added_at, m.user_id, m.agent""",
        realm,
    )
    return [Member(**row) for row in rows]


async def fellows(conn: Connection) -> Sequence[tuple[UserId, str | None]]:
    """Who shares a realm with the one who asks: id and display name."""
    rows = await conn.fetch(
        """select user_id, display_name from fellows() where user_id <> app_user()
            order by display_name, user_id limit 1000"""
    )
    return [(UserId(row["user_id"]), row["display_name"]) for row in rows]


async def grant(conn: Connection, realm: RealmId, member: UserId, agent: str | None, role: Role) -> None:
    """Let somebody in. Raises RealmMissing, NotAKeeper, MemberMissing (who shares no realm with you), Conflict."""
    found = await keeper(conn, realm)
    if found.kind == "private":
        raise Conflict("a private realm is for its agent alone")
    if found.kind == "village" and agent is not None:
        raise Invalid("a village is for all agents of its members; a bridge is for those that are named")
    if not await conn.fetchval("select exists (select from fellows() where user_id = $1)", member):
        raise MemberMissing("you share no realm with such a person; send them an invitation")
    if await conn.fetchval("select count(*) from realm_members where realm_id = $1", realm) >= MOST_MEMBERS:
        raise Conflict(f"a realm has at most {MOST_MEMBERS} members")
    added = await conn.execute(
        """insert into realm_members (realm_id, user_id, agent, role, added_by) values ($1, $2, $3, $4, app_user())
           on conflict do nothing""",
        realm, member, _entry(agent), role,
    )  # fmt: skip
    if not added:
        raise Conflict("they belong already")


async def set_role(conn: Connection, realm: RealmId, member: UserId, agent: str | None, role: Role) -> None:
    """Give a member another role. Raises RealmMissing, NotAKeeper, MemberMissing, Conflict for the owner's."""
    await keeper(conn, realm)
    if await _is_owner(conn, realm, member, agent):
        raise Conflict("the owner is a keeper")
    changed = await conn.execute(
        "update realm_members set role = $4 where realm_id = $1 and user_id = $2 and agent = $3",
        realm, member, _entry(agent), role,
    )  # fmt: skip
    if not changed:
        raise MemberMissing


async def remove(conn: Connection, user: UserId, realm: RealmId, member: UserId, agent: str | None) -> None:
    """Send a member away, or leave: then all entries of the person go. Open invitations end when one is sent away.

    Raises RealmMissing, NotAKeeper, MemberMissing, Conflict for the owner.
    """
    if member != user:
        await keeper(conn, realm)
    elif await find(conn, realm) is None:
        raise RealmMissing
    if await _is_owner(conn, realm, member, agent):
        raise Conflict("hand the realm over first: its owner cannot leave")
    leaves = member == user and agent is None
    gone = await conn.execute(
        "delete from realm_members where realm_id = $1 and user_id = $2 and (agent = $3 or $4)",
        realm, member, _entry(agent), leaves,
    )  # fmt: skip
    if not gone:
        raise MemberMissing


async def invite(conn: Connection, realm: RealmId, role: Role, *, lasts: timedelta, uses: int) -> tuple[Invite, str]:
    """A new invitation and its token, which is told only now. Raises RealmMissing, NotAKeeper, Conflict."""
    found = await keeper(conn, realm)
    if found.kind == "private":
        raise Conflict("a private realm is for its agent alone")
    if len(await invites(conn, realm)) >= MOST_INVITES:
        raise Conflict(f"a realm has at most {MOST_INVITES} open invitations")
    token = secrets.token_urlsafe(32)
    row = await conn.fetchrow(
        """insert into realm_invites (id, realm_id, token_hash, role, created_by, expires_at, uses_left)
           values ($1, $2, $3, $4, app_user(), now() + $5, $6)
           returning id, role, created_by, created_at, expires_at, uses_left""",
        new_id(), realm, digest(token), role, lasts, uses,
    )  # fmt: skip
    assert row is not None, "an insert returns its row"
    return Invite(**row), token


async def invites(conn: Connection, realm: RealmId) -> Sequence[Invite]:
    """The invitations that count, the newest first. Raises RealmMissing, NotAKeeper."""
    await keeper(conn, realm)
    rows = await conn.fetch(
        """select id, role, created_by, created_at, expires_at, uses_left from realm_invites
            where realm_id = $1 and expires_at > now() and uses_left > 0 order by created_at desc, id desc""",
        realm,
    )
    return [Invite(**row) for row in rows]


async def revoke(conn: Connection, realm: RealmId, invite: UUID) -> None:
    """End an invitation. Raises RealmMissing, NotAKeeper, InviteMissing."""
    await keeper(conn, realm)
    if not await conn.execute("delete from realm_invites where realm_id = $1 and id = $2", realm, invite):
        raise InviteMissing


async def look(conn: Connection, token: str) -> Invitation:
    """What an invitation leads to. Raises InviteMissing."""
    row = await conn.fetchrow("select * from look_at_invite($1)", digest(token))
    if row is None:
        raise InviteMissing
    return Invitation(**row)


async def join(conn: Connection, token: str, agents: Sequence[str]) -> RealmId:
    """Enter by an invitation; to a bridge, with these agents only. Raises InviteMissing, Invalid."""
    if agents and (await look(conn, token)).kind == "village":
        raise Invalid("a village is entered with all of one's agents")
    realm = await conn.fetchval("select join_realm($1, $2)", digest(token), [agent_name(one) for one in agents])
    if realm is None:
        raise InviteMissing
    return RealmId(realm)


async def log(
    conn: Connection, realm: RealmId, *, before: tuple[datetime, UUID] | None, limit: int
) -> Sequence[Logged]:
    """What was done to a realm, the newest first. Raises RealmMissing."""
    if await find(conn, realm) is None:
        raise RealmMissing
    at, id = before or (None, None)
    rows = await conn.fetch(
        """select id, user_id, agent, action, details, at, undone_at from realm_log
            where realm_id = $1 and ($2::timestamptz is null or (at, id) < ($2, $3::uuid))
            order by at desc, id desc limit $4""",
        realm, at, id, limit,
    )  # fmt: skip
    return [Logged(**row) for row in rows]


async def keeper(conn: Connection, realm: RealmId) -> Realm:
    """A realm that the one who asks keeps. Raises RealmMissing, NotAKeeper."""
    found = await find(conn, realm)
    if found is None:
        raise RealmMissing
    if found.role != "keeper":
        raise NotAKeeper
    return found


def digest(token: str) -> bytes:
    """What the database keeps of a token."""
    return sha256(token.encode()).digest()


def _entry(agent: str | None) -> str:
    return "" if agent is None else agent_name(agent)


async def _owned(conn: Connection, user: UserId, realm: RealmId) -> Realm:
    found = await find(conn, realm)
    if found is None:
        raise RealmMissing
    if found.owner_id != user:
        raise NotAKeeper("only its owner does this")
    return found


async def _is_owner(conn: Connection, realm: RealmId, member: UserId, agent: str | None) -> bool:
    found = await find(conn, realm)
    return found is not None and found.owner_id == member and (agent is None or found.kind == "private")
