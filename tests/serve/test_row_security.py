"""The database itself keeps tenants apart, whatever SQL the application sends it."""

import asyncio
from uuid import UUID

import asyncpg
import pytest

from cluster.clients.postgres import Connection
from cluster.ids import UserId, new_id
from cluster.services import Clients
from tests.conftest import make_user

TENANT_TABLES = (
    "users",
    "refresh_tokens",
    "conversations",
    "turns",
    "messages",
    "summaries",
    "attachments",
    "memory",
    "usage_log",
    "workspaces",
    "workspace_entries",
    "workspace_versions",
    "workspace_leftovers",
    "workspace_uploads",
    "approvals",
    "tool_runs",
    "audit_log",
    "crumbs",
    "datasets",
    "passages",
    "passage_vectors",
    "training_sets",
    "trained_models",
    "apprentices",
    "realms",
    "realm_members",
    "realm_access",
    "realm_invites",
    "threads",
    "knowledge",
    "knowledge_vectors",
    "knowledge_reads",
    "convergence_due",
    "near_duplicates",
    "convergences",
    "convergence_statements",
    "realm_log",
    "personas",
    "songs",
    "training_jobs",
    "budgets",
    "agents",
    "agent_types",
    "swarms",
    "swarm_items",
    "councils",
    "council_members",
    "council_answers",
    "council_remarks",
    "council_shares",
    "mcp_servers",
    "api_keys",
    "schedules",
    "webhook_deliveries",
)
OURS = {"hosts", "placements", "administration", "alembic_version"}
"""Tables without tenants' data."""


async def count(conn: Connection, table: str) -> int:
    return await conn.fetchval("select count(*) from " + table)  # pyright: ignore[reportArgumentType]


async def furnish(clients: Clients, user: UserId) -> UUID:
    """A conversation, a memory and a line of usage; answers the conversation."""
    conversation = new_id()
    async with clients.db.as_user(user) as conn:
        await conn.execute("insert into conversations (id, user_id) values ($1, $2)", conversation, user)
        await conn.execute("insert into memory (id, user_id, key, value) values ($1, $2, 'k', '1')", new_id(), user)
        await conn.execute(
            """insert into usage_log (user_id, endpoint, model, tokens_input, tokens_output, cost_usd)
               values ($1, 'chat', 'm', 1, 1, 1)""",
            user,
        )
    return conversation


async def test_every_table_belongs_to_tenants_or_is_known_not_to(clients: Clients):
    async with clients.db.as_nobody() as conn:
        rows = await conn.fetch(
            """select c.relname, c.relrowsecurity and c.relforcerowsecurity as forced from pg_class c
               where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')"""
        )
    assert {row["relname"] for row in rows if not row["forced"]} == OURS
    assert {row["relname"] for row in rows if row["forced"]} == set(TENANT_TABLES)


async def test_the_application_owns_nothing_and_cannot_bypass(clients: Clients):
    async with clients.db.as_nobody() as conn:
        role = await conn.fetchrow("select * from pg_roles where rolname = current_user")
        owned = await conn.fetchval("select count(*) from pg_class where pg_has_role(current_user, relowner, 'member')")
    assert role is not None
    assert not any(role[may] for may in ("rolsuper", "rolbypassrls", "rolcreaterole", "rolcreatedb", "rolreplication"))
    assert owned == 0


@pytest.mark.parametrize("table", TENANT_TABLES)
async def test_without_a_user_there_are_no_rows(clients: Clients, user: UserId, table: str):
    await furnish(clients, user)
    async with clients.db.as_nobody() as conn:
        assert await count(conn, table) == 0


async def test_only_ones_own_rows_exist(clients: Clients, user: UserId, stranger: UserId):
    await furnish(clients, user)
    conversation = await furnish(clients, stranger)
    async with clients.db.as_user(user) as conn:
        for table in ("users", "conversations", "memory", "usage_log"):
            assert await count(conn, table) == 1
        assert await conn.fetchrow("select 1 from conversations where id = $1", conversation) is None
        assert await conn.execute("update conversations set title = 'mine' where id = $1", conversation) == 0
        assert await conn.execute("delete from conversations where id = $1", conversation) == 0
        assert await conn.execute("delete from users where id = $1", stranger) == 0


async def test_nobody_writes_in_anothers_name(clients: Clients, user: UserId, stranger: UserId):
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
        async with clients.db.as_user(user) as conn:
            await conn.execute("insert into conversations (id, user_id) values ($1, $2)", new_id(), stranger)


async def test_nobody_gives_their_rows_away(clients: Clients, user: UserId, stranger: UserId):
    await furnish(clients, user)
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
        async with clients.db.as_user(user) as conn:
            await conn.execute("update conversations set user_id = $1", stranger)


@pytest.mark.parametrize(
    "statement",
    [
        "alter table conversations disable row level security",
        "alter table conversations no force row level security",
        "drop policy owner_only on conversations",
        "create policy mine on conversations to public using (true)",
        "truncate conversations cascade",
        "set row_security = off; select * from conversations",
        "create table mine ()",
        "copy conversations to program 'cat'",
        "set role postgres",
    ],
)
async def test_the_application_cannot_lift_the_rule(clients: Clients, user: UserId, statement: str):
    await furnish(clients, user)
    with pytest.raises(asyncpg.PostgresError):
        async with clients.db.as_nobody() as conn:
            await conn.execute(statement)  # pyright: ignore[reportArgumentType]


async def test_the_user_of_a_transaction_does_not_outlive_it(clients: Clients, user: UserId):
    await furnish(clients, user)
    for _ in range(10):
        async with clients.db.as_user(user) as conn:
            assert await count(conn, "conversations") == 1
        async with clients.db.as_nobody() as conn:
            assert await count(conn, "conversations") == 0


async def test_the_system_role_reads_what_a_login_needs_and_no_more(clients: Clients, user: UserId):
    await furnish(clients, user)
    async with clients.db.as_system() as conn:
        assert await conn.fetchval("select email from users where id = $1", user) == f"{user}@example.com"
    for forbidden in (
        "select settings from users",
        "select * from conversations",
        "select * from refresh_tokens",
        "update users set email = 'x'",
        "select options from turns",
        "select error from turns",
        "select user_id from turns",
        "update turns set status = 'stopped'",
        "delete from users",
        "select path from workspace_entries",
        "select object_name from workspace_leftovers",
        "delete from workspace_leftovers",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with clients.db.as_system() as conn:
                await conn.execute(forbidden)


async def test_the_first_account_becomes_the_administrator_and_no_other(clients: Clients):
    first, second = await make_user(clients), await make_user(clients)
    assert [await is_administrator(clients, one) for one in (first, second)] == [True, False]


async def test_of_accounts_that_are_opened_at_once_one_becomes_the_administrator(clients: Clients):
    people = await asyncio.gather(*(make_user(clients) for _ in range(5)))
    assert sum([await is_administrator(clients, one) for one in people]) == 1


@pytest.mark.parametrize(
    "statement",
    [
        "update users set admin = true",
        "insert into users (id, email, password_hash, admin) values (app_user(), 'x@example.com', 'x', true)",
        "delete from administration",
        "insert into administration (founder) values (app_user())",
    ],
)
async def test_the_application_makes_nobody_an_administrator(clients: Clients, user: UserId, statement: str):
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with clients.db.as_user(user) as conn:
            await conn.execute(statement)  # pyright: ignore[reportArgumentType]


async def is_administrator(clients: Clients, user: UserId) -> bool:
    async with clients.db.as_user(user) as conn:
        return await conn.fetchval("select admin from users")
