"""Realms as clients see them, and word of their changes to all who follow them."""

from collections.abc import Sequence
from uuid import UUID

from cluster.clients.postgres import Connection
from cluster.events.names import realm_channel
from cluster.ids import RealmId, UserId
from cluster.services import Services
from serve import village_wire as wire
from village import presence
from village.errors import RealmMissing
from village.events import VillageEvent
from village.realms import members as belonging
from village.realms import store as realms
from village.realms.store import home_village


async def listed(services: Services, user: UserId) -> wire.Realms:
    """All realms of a person. The village of their own agents is there from the first look."""
    async with services.db.as_user(user) as conn:
        found = await realms.all_of(conn)
        if home_village(user) not in [realm.id for realm in found]:
            await realms.open_home(conn, user)
            found = await realms.all_of(conn)
        return wire.Realms(realms=await shaped(conn, user, found))


async def shown(conn: Connection, user: UserId, realm: RealmId) -> wire.Realm:
    """One realm. Raises RealmMissing."""
    found = await realms.find(conn, realm)
    if found is None:
        raise RealmMissing
    return (await shaped(conn, user, [found]))[0]


async def detail(services: Services, user: UserId, realm: RealmId) -> wire.RealmDetail:
    """A realm as it stands. Raises RealmMissing."""
    seq = await services.log.last(realm_channel(realm)) if await may_read(services, user, realm) else "0"
    async with services.db.as_user(user) as conn:
        shape = await shown(conn, user, realm)
        entries = members_of(user, await belonging.members(conn, realm))
    here = [wire.Presence.model_validate(one) for one in await presence.here(services.redis, realm)]
    return wire.RealmDetail(realm=shape, members=entries, here=here, seq=seq)


async def may_read(services: Services, user: UserId, realm: RealmId) -> bool:
    """Whether a realm is open to a person now."""
    async with services.db.as_user(user) as conn:
        return await realms.find(conn, realm) is not None


async def shaped(conn: Connection, user: UserId, found: Sequence[realms.Realm]) -> list[wire.Realm]:
    """Realms with their counts."""
    rows = await conn.fetch(
        """select id, (select count(*) from realm_members m where m.realm_id = id) as members,
                  (select count(*) from knowledge k
                    where k.realm_id = given.id and superseded_by is null and removed_at is null) as knowledge
             from unnest($1::uuid[]) as given (id)""",
        [realm.id for realm in found],
    )
    counts = {row["id"]: row for row in rows}
    home = home_village(user)
    return [
        wire.Realm(
            **vars(realm),
            mine=realm.owner_id == user,
            home=realm.id == home,
            members=counts[realm.id]["members"],
            knowledge=counts[realm.id]["knowledge"],
        )
        for realm in found
    ]


def members_of(user: UserId, found: Sequence[belonging.Member]) -> list[wire.RealmMember]:
    """Members, as one of them sees them."""
    return [wire.RealmMember(**vars(one), you=one.user_id == user) for one in found]


async def member_of(
    conn: Connection, user: UserId, realm: RealmId, member: UserId, agent: str | None
) -> wire.RealmMember:
    """One member. Raises MemberMissing."""
    for one in members_of(user, await belonging.members(conn, realm)):
        if (one.user_id, one.agent) == (member, agent):
            return one
    raise belonging.MemberMissing


async def tell(services: Services, realm: UUID, what: str) -> None:
    """Let all who follow a realm know that it changed. Sockets then look whether their person still belongs."""
    event = VillageEvent(event="realm_changed", realm_id=realm, data={"what": what})
    await services.log.publish(realm_channel(realm), event)
