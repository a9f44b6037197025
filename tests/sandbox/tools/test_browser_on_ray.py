"""Browsers as Ray actors: found again by name, before the guard, gone when idle, honest when lost."""

import asyncio
import socket
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any, cast
from uuid import uuid4

import psutil
import pytest
import ray
from ray.util import list_named_actors

from cluster.ids import ConversationId, UserId, new_id
from sandbox.egress.guard import Guard, dial
from sandbox.registry import Toolset
from sandbox.tool import ToolContext
from sandbox.tools.browser.on_ray import RayBrowsers
from sandbox.tools.browser.tools_sessions import BROWSER_TOOLS
from tests.sandbox.internet import PUBLIC, Internet, answer
from tests.sandbox.tools.telling import refused, told

RAY: Any = ray
TOOLS = Toolset(BROWSER_TOOLS)
PAGE = "http://example.org/"
HOLDS = "new Promise((done) => { document.title = 'held' })"
"""A script that has no value until its page is gone."""

pytestmark = [pytest.mark.usefixtures("ray_cluster"), pytest.mark.timeout(240)]


def guard_before(port: int) -> Guard:
    """The real guard, in whatever process; every name is one public address, which is a port of the loopback."""

    async def resolve(name: str) -> Sequence[str]:
        return [PUBLIC]

    async def dialled(address: str, _: int) -> socket.socket:
        assert address == PUBLIC
        return await dial("127.0.0.1", port)

    return Guard(resolve=resolve, dial=dialled)


@pytest.fixture
async def guard() -> AsyncGenerator[Callable[[], Guard]]:
    """An internet of one page."""
    async with Internet() as internet:
        await internet.site("example.org", {"/": answer(b"<title>Here</title><h1>A page</h1>")})
        yield partial(guard_before, internet.port())


@pytest.fixture
async def namespace() -> AsyncGenerator[str]:
    """Where a test's actors are; they end with it."""
    name = f"test-{uuid4().hex}"
    yield name
    for actor in named(name):
        RAY.kill(RAY.get_actor(actor, name))


@pytest.fixture
def someone(context: ToolContext, guard: Callable[[], Guard], namespace: str) -> ToolContext:
    """A conversation with browsers on the cluster."""
    browsers = RayBrowsers(guard=guard, namespace=namespace)
    return replace(context, browsers=browsers, conversation=ConversationId(new_id()))


def named(namespace: str) -> list[str]:
    found = cast("list[dict[str, str]]", list_named_actors(all_namespaces=True))
    return [each["name"] for each in found if each["namespace"] == namespace]


async def until(holds: Callable[[], bool]) -> None:
    """Wait for a condition that nobody announces."""
    async with asyncio.timeout(60):
        while not holds():  # noqa: ASYNC110
            await asyncio.sleep(0.05)


def chromiums() -> list[psutil.Process]:
    """Those of this process's cluster."""
    found: list[psutil.Process] = []
    for each in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):
            found += [each] if "--remote-debugging-pipe" in each.cmdline() else []
    return found


def keeper(process: psutil.Process) -> psutil.Process:
    """The actor that keeps the jail of a process."""
    return next(each for each in process.parents() if "BrowserActor" in " ".join(each.cmdline()))


async def test_a_browser_is_found_again_by_another_host(
    someone: ToolContext, guard: Callable[[], Guard], namespace: str
):
    assert (await told(TOOLS, someone, "browser_navigate", url=PAGE))["title"] == "Here"
    await told(TOOLS, someone, "browser_evaluate", script="document.cookie = 'a=1'; window.kept = 7")
    elsewhere = replace(someone, browsers=RayBrowsers(guard=guard, namespace=namespace))
    assert (await told(TOOLS, elsewhere, "browser_evaluate", script="window.kept"))["data"] == 7
    assert (await told(TOOLS, elsewhere, "browser_session", action="list"))["sessions"][0]["here"]
    await told(TOOLS, elsewhere, "browser_screenshot", save_to="seen.png")
    assert (await someone.files.read("seen.png")).startswith(b"\x89PNG")


async def test_its_way_out_is_the_guard_of_its_node(someone: ToolContext):
    await told(TOOLS, someone, "browser_navigate", url="http://10.0.0.1/")
    said = await told(TOOLS, someone, "browser_evaluate", script="document.body.innerText")
    assert "not on the public web" in said["data"]
    assert "http://" in await refused(TOOLS, someone, "browser_navigate", url="ftp://example.org/")


async def test_the_browsers_of_a_person_are_counted_and_seen_everywhere(
    someone: ToolContext, guard: Callable[[], Guard], namespace: str
):
    contexts = [
        replace(
            someone,
            conversation=ConversationId(new_id()),
            browsers=RayBrowsers(guard=guard, namespace=namespace),
        )
        for _ in range(3)
    ]
    outcomes = await asyncio.gather(*(TOOLS.run("browser_connect", each, {}) for each in contexts))
    (refusal,) = (outcome.content for outcome in outcomes if outcome.is_error)
    assert "2 browsers open" in refusal
    sessions = (await told(TOOLS, contexts[2], "browser_session", action="list"))["sessions"]
    assert len({each["session_id"] for each in sessions}) == 2
    stranger = replace(contexts[2], user=UserId(new_id()))
    assert (await told(TOOLS, stranger, "browser_session", action="list"))["count"] == 0
    await told(TOOLS, contexts[2], "browser_session", action="close", session_id=sessions[0]["session_id"])
    left_out = contexts[[outcome.is_error for outcome in outcomes].index(True)]
    await told(TOOLS, left_out, "browser_connect")


async def test_a_lost_node_is_told_of_and_the_next_call_starts_a_fresh_browser(someone: ToolContext):
    await told(TOOLS, someone, "browser_navigate", url=PAGE)
    before = (await told(TOOLS, someone, "browser_session", action="list"))["sessions"][0]
    mine = chromiums()
    holding = asyncio.create_task(refused(TOOLS, someone, "browser_evaluate", script=HOLDS))
    await held(someone)
    keeper(mine[0]).kill()
    assert "lost with its machine" in await holding
    await until(lambda: not any(each.is_running() for each in mine))
    assert (await told(TOOLS, someone, "browser_list_tabs"))["tabs"][0]["url"] == "about:blank"
    after = (await told(TOOLS, someone, "browser_session", action="list"))["sessions"][0]
    assert before["session_id"] != after["session_id"]


async def held(someone: ToolContext) -> None:
    """Wait until the script has begun."""
    async with asyncio.timeout(30):
        while (await told(TOOLS, someone, "browser_list_tabs"))["tabs"][0]["title"] != "held":  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def test_a_browser_that_nobody_uses_ends_with_its_actor(
    someone: ToolContext, guard: Callable[[], Guard], namespace: str
):
    brief = replace(someone, browsers=RayBrowsers(guard=guard, namespace=namespace, idle_seconds=0.3))
    await told(TOOLS, brief, "browser_connect")
    mine = chromiums()
    await until(lambda: not named(namespace))
    await until(lambda: not any(each.is_running() for each in mine))


async def test_a_call_that_is_not_wanted_any_more_ends_and_the_browser_stays(someone: ToolContext):
    await told(TOOLS, someone, "browser_navigate", url=PAGE)
    holding = asyncio.create_task(refused(TOOLS, someone, "browser_evaluate", script=HOLDS))
    await held(someone)
    holding.cancel()
    with pytest.raises(asyncio.CancelledError):
        await holding
    assert (await told(TOOLS, someone, "browser_evaluate", script="document.title"))["data"] == "held"
    mine = chromiums()
    await told(TOOLS, someone, "browser_disconnect")
    await until(lambda: not any(each.is_running() for each in mine))
