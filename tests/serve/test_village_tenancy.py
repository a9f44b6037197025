"""Tenants who mean harm: strangers, removed members and other agents get nothing of a realm, by SQL or over a socket.

Over HTTP, `test_isolation.py` tries every route with an id in it. Here the application's own role is used directly, as
somebody would who had found a hole in all the code above the database.
"""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest

from cluster.clients.postgres import Connection
from cluster.errors import NotFound
from cluster.events.names import realm_channel
from cluster.ids import KnowledgeId, RealmId, UserId, new_id
from cluster.services import Clients
from serve.live.channels import may_follow
from tests.conftest import make_user
from village.knowledge import store as knowledge
from village.knowledge.item import Draft
from village.realms import members
from village.realms import store as realms
from village.realms.store import home_village, private_realm
from village.recall.query import Query
from village.recall.store import Filter, worded
from village.who import Who

TABLES = {
    "realms": "id", "realm_members": "realm_id", "realm_access": "realm_id", "realm_invites": "realm_id",
    "threads": "realm_id", "knowledge": "realm_id", "knowledge_vectors": "realm_id", "knowledge_reads": "realm_id",
    "convergences": "realm_id", "convergence_statements": "realm_id", "realm_log": "realm_id",
}  # fmt: skip
"""The tables of the village, and the column that names the realm."""
INSERTS = {
    "realm_members": """insert into realm_members (realm_id, user_id, agent, role)
                        values ($1, $2, coalesce($3::text, ''), 'keeper')""",
    "realm_access": """insert into realm_access (realm_id, user_id, agent, role)
                       values ($1, $2, coalesce($3::text, ''), 'keeper')""",
    "realm_invites": """insert into realm_invites (id, realm_id, token_hash, role, created_by, expires_at, uses_left)
                        select gen_random_uuid(), $1, 'x', 'keeper', $2, now() + interval '1 day', 9
                         where $3::text is null or true""",
    "threads": """insert into threads (id, realm_id, name, title, user_id, agent)
                  values (gen_random_uuid(), $1, 'mine', 'mine', $2, $3)""",
    "knowledge": """insert into knowledge (id, realm_id, user_id, agent, content, origin, root_id)
                    select id, $1, $2, $3, 'mine', 'tool', id from gen_random_uuid() as id""",
    "knowledge_vectors": """insert into knowledge_vectors (realm_id, knowledge_id, model, embedding)
                            select $1, gen_random_uuid(), 'm', '[1]'
                                 where $2::uuid is not null or $3::text is null""",
    "knowledge_reads": """insert into knowledge_reads (realm_id, knowledge_id, user_id, agent, first_at)
                          values ($1, gen_random_uuid(), $2, coalesce($3::text, ''), now())""",
    "convergences": """insert into convergences (id, realm_id, kind, independent, similarity)
                       select gen_random_uuid(), $1, 'HARMONY', true, 1
                                 where $2::uuid is not null or $3::text is null""",
    "convergence_statements": """insert into convergence_statements (realm_id, convergence_id, knowledge_id, similarity)
                                 select $1, gen_random_uuid(), gen_random_uuid(), 1

                                 where $2::uuid is not null or $3::text is null""",
    "realm_log": """insert into realm_log (id, realm_id, user_id, agent, action)
                    values (gen_random_uuid(), $1, $2, $3, 'promoted')""",
}  # fmt: skip
CHANGES = {"realms": "description", "realm_members": "role", "realm_invites": "uses_left", "realm_log": "undone_at"}
"""A column that may be changed at all, where not every one may."""
KINDS = ("private", "village", "bridge")
WHO = ("stranger", "stranger's agent", "removed member", "removed member's agent", "owner's other agent")


@dataclass
class House:
    """One realm of each kind with something in it, and those who have no business there."""

    owner: UserId
    removed: UserId
    stranger: UserId
    token: str
    realms: dict[str, RealmId]

    def intruder(self, who: str) -> Who:
        match who:
            case "stranger":
                return Who(self.stranger)
            case "stranger's agent":
                return Who(self.stranger, "AZOTH")
            case "removed member":
                return Who(self.removed)
            case "removed member's agent":
                return Who(self.removed, "AZOTH")
            case _:
                return Who(self.owner, "VAJRA")


@pytest.fixture
async def house(clients: Clients, user: UserId, stranger: UserId) -> House:
    """AZOTH's private realm, a village, and a bridge for AZOTH alone; somebody was in both and was sent away."""
    removed = await make_user(clients)
    async with clients.db.as_user(user) as conn:
        private = await realms.open_private(conn, user, "AZOTH")
        village = await members.create(conn, user, "village", "Village", "")
        bridge = await members.create(conn, user, "bridge", "Bridge", "")
        await members.grant(conn, bridge, user, "AZOTH", "writer")
    token = ""
    for realm in (village, bridge):
        async with clients.db.as_user(user) as conn:
            _, token = await members.invite(conn, realm, "keeper", lasts=timedelta(hours=1), uses=9)
        async with clients.db.as_user(removed) as conn:
            await members.join(conn, token, ["AZOTH"] if realm == bridge else [])
    for realm in (village, bridge):
        async with clients.db.as_user(user) as conn:
            await members.remove(conn, user, realm, removed, "AZOTH" if realm == bridge else None)
    found = {"private": private, "village": village, "bridge": bridge}
    for realm in found.values():
        await furnish(clients, user, realm)
    return House(user, removed, stranger, token, found)


async def furnish(clients: Clients, user: UserId, realm: RealmId) -> None:
    """A row in every table."""
    async with clients.db.as_user(user) as conn:
        said = await knowledge.add(conn, realm, Who(user), Draft(content="A secret.", thread="secret"))
        assert said is not None
        await knowledge.keep_vectors(conn, realm, "m", [(said.id, [1.0, 0.0])])
        await conn.execute(
            """insert into knowledge_reads (realm_id, knowledge_id, user_id, first_at) values ($1, $2, $3, now())""",
            realm, said.id, user,
        )  # fmt: skip
        convergence = new_id()
        await conn.execute(
            """insert into convergences (id, realm_id, kind, independent, similarity)
               values ($1, $2, 'HARMONY', true, 1)""",
            convergence, realm,
        )  # fmt: skip
        await conn.execute(
            """insert into convergence_statements (realm_id, convergence_id, knowledge_id, similarity)
               values ($1, $2, $3, 1)""",
            realm, convergence, said.id,
        )  # fmt: skip
        await conn.execute(
            """insert into realm_invites (id, realm_id, token_hash, role, created_by, expires_at, uses_left)
               values ($1, $2, $3, 'reader', $4, now() + interval '1 day', 1)""",
            new_id(), realm, realm.bytes, user,
        )  # fmt: skip


async def run(conn: Connection, sql: str, *args: object) -> int:
    return await conn.execute(sql, *args)  # pyright: ignore[reportArgumentType]


async def refused(clients: Clients, who: Who, sql: str, *args: object) -> bool:
    """Whether a statement touches nothing, or is not permitted."""
    try:
        async with clients.db.as_user(who.user, who.agent) as conn:
            return await run(conn, sql, *args) == 0
    except (asyncpg.InsufficientPrivilegeError, asyncpg.ForeignKeyViolationError, asyncpg.CheckViolationError) as error:
        return isinstance(error, asyncpg.InsufficientPrivilegeError)


@pytest.mark.parametrize("kind", KINDS)
async def test_its_owner_finds_a_row_in_every_table(clients: Clients, house: House, kind: str) -> None:
    async with clients.db.as_user(house.owner) as conn:
        for table, column in TABLES.items():
            assert await run(conn, f"select from {table} where {column} = $1", house.realms[kind]), table


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("who", WHO)
async def test_by_raw_sql_there_is_nothing(clients: Clients, house: House, kind: str, who: str) -> None:
    if (who, kind) == ("owner's other agent", "village"):
        pytest.skip("a village is for all agents of its members")
    intruder, realm = house.intruder(who), house.realms[kind]
    for table, column in TABLES.items():
        assert await refused(clients, intruder, f"select from {table} where {column} = $1", realm), table
        assert await refused(clients, intruder, f"delete from {table} where {column} = $1", realm), table
        update = f"update {table} set {CHANGES.get(table, column)} = default where {column} = $1"
        assert await refused(clients, intruder, update, realm), table
    for table, insert in INSERTS.items():
        assert await refused(clients, intruder, insert, realm, intruder.user, intruder.agent), table
    async with clients.db.as_user(intruder.user, intruder.agent) as conn:
        for role in ("reader", "writer", "keeper"):
            assert realm not in await conn.fetchval("select realms_of($1)", role)
        assert await conn.fetchval("select transfer_realm($1, $2)", realm, intruder.user) is False
        assert await conn.fetchval("select join_realm($1, '{}')", b"guessed") is None
        everywhere = Filter(realms=[realm], query=Query(text="secret"), threads=None)
        assert await worded(conn, everywhere, 1000, 10) == []


async def test_who_was_sent_away_has_no_use_for_the_link_that_let_them_in(clients: Clients, house: House) -> None:
    async with clients.db.as_user(house.removed) as conn:
        assert await conn.fetchval("select join_realm($1, '{}')", members.digest(house.token)) is None


@pytest.mark.parametrize("forged", [("", ""), ("", "AZOTH"), (None, None)])
async def test_without_a_person_the_functions_give_nothing(
    clients: Clients, house: House, forged: tuple[str | None, str | None]
) -> None:
    async with clients.db.as_nobody() as conn:
        for name, value in zip(("app.user_id", "app.agent"), forged, strict=True):
            if value is not None:
                await conn.fetchval("select set_config($1, $2, true)", name, value)
        assert await conn.fetchval("select realms_of('reader')") == []
        assert await conn.fetchval("select join_realm($1, '{}')", members.digest(house.token)) is None
        assert await conn.fetchval("select count(*) from fellows()") == 0
        assert await conn.fetchval("select count(*) from look_at_invite($1)", house.realms["village"].bytes) == 0


async def test_an_agent_joins_hands_over_and_makes_nothing(clients: Clients, house: House) -> None:
    realm = house.realms["village"]
    async with clients.db.as_user(house.owner, "AZOTH") as conn:
        assert await conn.fetchval("select join_realm($1, '{}')", realm.bytes) is None
        assert await conn.fetchval("select transfer_realm($1, $2)", realm, house.owner) is False
    agent = Who(house.owner, "AZOTH")
    assert await refused(clients, agent, "update realms set name = 'mine' where id = $1", realm)
    assert await refused(clients, agent, "update convergences set status = 'confirmed' where realm_id = $1", realm)


async def test_nobody_takes_the_place_of_anothers_own_realms(clients: Clients, house: House) -> None:
    thief = Who(house.stranger)
    for realm, kind, agent in (
        (home_village(house.removed), "village", None), (private_realm(house.removed, "AZOTH"), "private", "AZOTH"),
    ):  # fmt: skip
        insert = "insert into realms (id, kind, owner_id, agent, name) values ($1, $2, $3, $4, 'trap')"
        assert await refused(clients, thief, insert, realm, kind, house.stranger, agent)


async def test_a_member_forges_no_author_no_reader_no_owner_and_no_log(clients: Clients, house: House) -> None:
    realm = house.realms["village"]
    async with clients.db.as_user(house.owner) as conn:
        _, token = await members.invite(conn, realm, "keeper", lasts=timedelta(hours=1), uses=1)
        first = await conn.fetchval("select id from knowledge where realm_id = $1", realm)
    async with clients.db.as_user(house.stranger) as conn:
        await members.join(conn, token, [])
    member = Who(house.stranger)
    forged = """insert into knowledge (id, realm_id, user_id, content, origin, root_id, version)
                values ($1, $2, $3, 'I said so.', 'person', $4, $5)"""
    id = KnowledgeId(new_id())
    assert await refused(clients, member, forged, id, realm, house.owner, id, 1)
    assert await refused(clients, member, forged, id, realm, house.stranger, first, 2)
    reads = "insert into knowledge_reads (realm_id, knowledge_id, user_id, first_at) values ($1, $2, $3, now())"
    assert await refused(clients, member, reads, realm, first, house.removed)
    assert await refused(clients, member, "update realms set owner_id = $2 where id = $1", realm, house.stranger)
    demote = "update realm_members set role = 'reader' where realm_id = $1 and user_id = $2"
    assert await refused(clients, member, demote, realm, house.owner)
    assert await refused(
        clients, member, "delete from realm_members where realm_id = $1 and user_id = $2", realm, house.owner
    )
    log = "insert into realm_log (id, realm_id, user_id, action) values ($1, $2, $3, 'member_added')"
    assert await refused(clients, member, log, new_id(), realm, house.stranger)
    add = "insert into realm_members (realm_id, user_id, role) values ($1, $2, 'reader')"
    assert await refused(clients, member, add, realm, house.removed), "who shares no realm with you is not named"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("who", ["stranger", "removed member"])
async def test_nobody_follows_a_realm_that_is_not_theirs(clients: Clients, house: House, kind: str, who: str) -> None:
    channel = realm_channel(house.realms[kind])
    await may_follow(clients.db, house.owner, channel)
    with pytest.raises(NotFound):
        await may_follow(clients.db, house.intruder(who).user, channel)
    with pytest.raises(NotFound):
        await may_follow(clients.db, house.owner, realm_channel(UUID(int=1)))
