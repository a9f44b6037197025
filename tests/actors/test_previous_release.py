"""This code on the rows that the release before left behind: it migrates them, reads them, and finishes their work."""

import inspect
import pickletools
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast
from uuid import UUID, uuid4

import asyncpg
import pytest
import ray
from pydantic import SecretStr
from ray import cloudpickle

from actors.stores import branches, conversations, messages, search, summaries
from actors.stores.conversations import Wanted
from cluster.embedded.postgres import PostgresServer
from cluster.ids import ConversationId, MessageId, UserId
from cluster.migrations.apply import connect, migrate, newest_revision
from cluster.migrations.plain import SQL
from cluster.migrations.roles import Login, make_groups
from cluster.runtime.protocol import PROTOCOL
from cluster.runtime.ray_host import RayHost
from cluster.services import Clients, open_clients
from cluster.settings import Settings
from tests.actors.conversing import Person, PlayedModel, done, playing, until

RAY: Any = ray
RELEASE = "0001"
SCHEMA = SQL / "0001_people_and_conversations.sql"
ROWS = Path(__file__).with_name("release_0001.sql")
LOGIN = Login.derive("previous", "a secret for tests")


@pytest.fixture
async def left_behind(postgres: PostgresServer, settings: Settings) -> AsyncIterator[Clients]:
    """Clients of an instance whose database an older release has worked with, migrated by this one."""
    url = postgres.url(f"previous_{uuid4().hex}")
    await _furnish(postgres, url)
    migrated = await migrate(url, login=LOGIN)
    assert (migrated.before, migrated.after) == (RELEASE, newest_revision())
    changed = settings.model_copy(update={"database_url": SecretStr(LOGIN.url(url))})
    async with open_clients(changed, pool_size=5) as clients:
        yield clients


async def _furnish(postgres: PostgresServer, url: str) -> None:
    admin = await asyncpg.connect(postgres.url("postgres"))
    await admin.execute(f"create database {url.rpartition('/')[2]}")
    await admin.close()
    conn = await connect(url)
    await make_groups(conn)
    await conn.execute(SCHEMA.read_text())
    await conn.execute("create table alembic_version (version_num varchar(32) primary key)")
    await conn.execute("insert into alembic_version values ($1)", RELEASE)
    await conn.execute(ROWS.read_text())
    await conn.close()


@pytest.fixture
async def owner(left_behind: Clients) -> UserId:
    """Whose rows these are."""
    async with left_behind.db.as_system() as conn:
        return UserId(await conn.fetchval("select id from users where email = 'ada@example.com'"))


async def the_unfinished(clients: Clients) -> ConversationId:
    """The conversation that the old host died with."""
    async with clients.db.as_nobody() as conn:
        return ConversationId(UUID(await conn.fetchval("select key from placements where pending")))


async def test_an_unfinished_answer_is_taken_up_and_finished(left_behind: Clients, owner: UserId) -> None:
    conversation = await the_unfinished(left_behind)
    model = PlayedModel([done("So the power is 1024.")], [done("You are welcome.")])
    async with left_behind.db.as_nobody() as conn:
        await conn.execute("update hosts set lease_until = now() - interval '1 minute'")
    async with playing(left_behind, model) as troupe:
        person = Person(troupe, owner, conversation)

        events = await person.hear("turn_ended", count=2)

        await until(person.rests)
        said = [(message.role, message.content) for message in await person.branch()]
        assert said == [
            ("user", "2 to the power of 10, and what time is it?"),
            ("assistant", "Two things to look up."),
            ("assistant", "So the power is 1024."),
            ("user", "And after that, thank you."),
            ("assistant", "You are welcome."),
        ]
        steps = [event for event in events if event["type"] == "tool_complete"]
        assert len(steps) == 2, "what was run by the old release is told again and not run again"
        assert "tool_start" not in [event["type"] for event in events]
        assert [event["status"] for event in events if event["type"] == "turn_ended"] == ["completed", "completed"]
        first = model.requests[0].messages
        assert [block["type"] for block in first[-1].content] == ["tool_result", "tool_result"]
        version = await person.value("select version from placements where key = $1", str(conversation))
        assert version == PROTOCOL


async def test_conversations_are_listed_with_all_that_was_known_of_them(left_behind: Clients, owner: UserId) -> None:
    async with left_behind.db.as_user(owner) as conn:
        everything = await conversations.page(conn, Wanted(), before=None, limit=10)
        favorites = await conversations.page(conn, Wanted(favorite=True), before=None, limit=10)
        archived = await conversations.page(conn, Wanted(archived=True), before=None, limit=10)

    assert [found.title for found in everything] == [None, "A fine title", "A fine title", "A fine title"]
    assert [found.tags for found in favorites] == [["poems"]]
    assert len(archived) == 1


async def test_messages_are_found_by_their_words(left_behind: Clients, owner: UserId) -> None:
    async with left_behind.db.as_user(owner) as conn:
        found = await search.search(conn, "violets", Wanted(), skip=0, limit=10)

    assert [one.conversation.tags for one in found] == [["poems"]]
    assert "Violets" in (found[0].snippet or "")


async def test_a_thread_is_read_with_its_branches_tools_and_costs(left_behind: Clients, owner: UserId) -> None:
    async with left_behind.db.as_user(owner) as conn:
        everything = await conversations.page(conn, Wanted(), before=None, limit=10)
        poem = next(found for found in everything if found.tags)
        sums = everything[-1]
        answers = (await branches.page(conn, poem.id, end=poem.leaf_id, limit=10)).messages
        worked_out = (await branches.page(conn, sums.id, end=sums.leaf_id, limit=10)).messages
        spent = await conversations.spent(conn, sums.id)

    assert [message.content for message in answers] == ["A line of a poem", "Violets are blue."]
    assert len(answers[1].siblings) == 2
    assert [message.role for message in worked_out] == ["user", "assistant", "assistant", "user", "assistant"]
    assert worked_out[1].tool_results[0]["content"] == '{"expression":"6*7","result":42}'
    assert spent.tokens_used == sum(message.tokens_used or 0 for message in worked_out)


async def test_a_long_story_goes_on_from_its_summary(left_behind: Clients, owner: UserId) -> None:
    async with left_behind.db.as_user(owner) as conn:
        story = (await conversations.page(conn, Wanted(archived=True), before=None, limit=1))[0]
        assert story.leaf_id is not None
        path = await messages.path(conn, MessageId(story.leaf_id), from_summary=True)
        assert path[0].parent_id is not None
        summary = await summaries.at(conn, story.id, path[0].parent_id)
    assert summary is not None

    model = PlayedModel([done("The end.")])
    async with playing(left_behind, model) as troupe:
        person = Person(troupe, owner, story.id)
        await person.converse("And then?")

    assert summary.content in str(model.requests[0])
    assert len(model.requests[0].messages) < len(path) + 2


async def test_an_account_its_files_and_its_memory_are_still_there(left_behind: Clients, owner: UserId) -> None:
    async with left_behind.db.as_user(owner) as conn:
        assert await conn.fetchval("select name from attachments") == "notes.txt"
        assert await conn.fetchval("select value from memory where key = 'favourite colour'") == "teal"
        assert await conn.fetchval("select count(*) from refresh_tokens") == 1
        assert await conn.fetchval("select sum(tokens_input) from usage_log") > 0


def test_a_host_is_called_by_code_of_another_version_as_ever() -> None:
    called = {name: list(inspect.signature(getattr(RayHost, name)).parameters) for name in ("ask", "tell", "stream")}

    assert f"{RayHost.__module__}.{RayHost.__qualname__}" == "cluster.runtime.ray_host.RayHost"
    assert _modules_needed(RAY.remote(RayHost)) == {"cluster.runtime.ray_host"}
    assert called == {"ask": ["self", "data"], "tell": ["self", "data"], "stream": ["self", "data"]}


def _modules_needed(actor: Any) -> set[str]:
    """Modules of ours that a caller imports to call an actor: Ray hands it the pickled class."""
    pickled = cast("bytes", cast("Any", cloudpickle).dumps(actor.__ray_metadata__.modified_class))
    words = {str(step[1]) for step in pickletools.genops(pickled)}
    return {word for word in words if word.partition(".")[0] in ("actors", "cluster", "sandbox", "serve", "village")}
