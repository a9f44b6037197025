"""Every tool call leaves one row in the list of runs and one in the audit log, whatever became of it."""

import asyncio
from typing import Any

import asyncpg
import pytest

from actors import toolset
from actors.session import tool_runs as running
from actors.stores import tool_runs
from actors.stores.tool_runs import KEPT_CHARS, NewToolRun
from cluster.ids import UserId
from cluster.services import Clients
from sandbox.digest import digest
from sandbox.registry import Toolset
from sandbox.tool import Facts, ToolContext, tool
from tests.actors.conversing import Person, PlayedModel, asks, playing, says


async def kept(clients: Clients, user: UserId) -> list[tool_runs.ToolRun]:
    """The user's runs, the newest first."""
    async with clients.db.as_user(user) as conn:
        return await tool_runs.recent(conn, tool=None, before=None, limit=100)


async def audited(clients: Clients, user: UserId) -> list[Any]:
    """What the audit log says of the user's deeds."""
    async with clients.db.as_user(user) as conn:
        rows = await conn.fetch("select action, subject, detail from audit_log order by at, subject")
    return [(row["action"], row["subject"], row["detail"]["outcome"]) for row in rows]


async def test_calls_of_a_turn_are_kept_with_what_they_came_to(clients: Clients, user: UserId):
    calls = [("calculator", {"expression": "6*7"}), ("calculator", {"expression": "1/0"})]
    async with playing(clients, PlayedModel(asks(*calls), says("42."))) as troupe:
        person = Person(troupe, user)
        await person.converse("How much?")
    found = sorted(await kept(clients, user), key=lambda run: run.outcome)
    assert [(run.tool, run.outcome) for run in found] == [("calculator", "failed"), ("calculator", "succeeded")]
    assert found[1].content == '{"expression":"6*7","result":42}'
    assert found[1].arguments_hash == digest(calls[0][1])
    assert found[1].limits == {"of_seconds": 5.0, "programs": []}
    assert found[1].turn_id is not None
    assert sorted(await audited(clients, user)) == [
        ("tool.run", "calculator", "failed"),
        ("tool.run", "calculator", "succeeded"),
    ]


async def test_a_call_that_was_stopped_is_kept_as_stopped(
    clients: Clients, user: UserId, monkeypatch: pytest.MonkeyPatch
):
    begun = asyncio.Event()

    @tool(category="test", facts=Facts(seconds=60))
    async def hang(context: ToolContext) -> str:
        """Hang."""
        begun.set()
        await asyncio.Event().wait()
        return ""

    monkeypatch.setattr(running, "TRUSTED_TOOLS", Toolset([*toolset.TRUSTED_TOOLS, hang]))
    async with playing(clients, PlayedModel(asks(("hang", {})), says("."))) as troupe:
        person = Person(troupe, user)
        await person.say("Hang")
        await begun.wait()
        await person.stop()
        await person.hear("turn_ended")
    (run,) = await kept(clients, user)
    assert (run.outcome, run.seconds) == ("stopped", None)


async def test_what_is_kept_is_bounded_and_kept_once(clients: Clients, user: UserId, stranger: UserId):
    call = NewToolRun(
        tool="t", arguments={"code": "x" * 10_000}, outcome="succeeded", content="y\x00" * 5_000, seconds=0.1
    )
    async with clients.db.as_user(user) as conn:
        await tool_runs.record(conn, [call])
    (run,) = await kept(clients, user)
    assert (len(run.arguments["code"]), len(run.content)) == (KEPT_CHARS, KEPT_CHARS)
    assert run.arguments_hash == digest(call.arguments)
    assert await kept(clients, stranger) == []
    assert await audited(clients, stranger) == []


@pytest.mark.parametrize("statement", ["update audit_log set subject = ''", "delete from audit_log"])
async def test_the_audit_log_only_grows(clients: Clients, user: UserId, statement: str):
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with clients.db.as_user(user) as conn:
            await conn.execute(statement)  # pyright: ignore[reportArgumentType]
