"""MCP servers that people add: kept for them alone, asked through the guard, their secrets never shown."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from mcp_types import Tool
from pydantic import SecretStr

from actors.mcp.tools import theirs
from cluster.ids import UserId
from cluster.models.catalogue import Models
from cluster.services import Clients, Services
from sandbox.presets import names_of
from tests.sandbox.mcp.servers import Running, serving, tools_named
from tests.serve.visitors import Nobody, Visitor, assert_problem

SERVERS = "/api/v1/mcp/servers"


@pytest.fixture
async def other() -> AsyncIterator[Running]:
    """Somebody's server, whose tools are of several kinds."""
    tools = [
        *tools_named("look", read_only=True),
        *tools_named("send mail", "x" * 90),
        Tool(name="broken", input_schema={"type": "object", "properties": {"a": {"type": "nonsense"}}}),
        Tool(name="spaced", input_schema={"type": "object", "properties": {"a b": {}}}),
        Tool(name="vast", input_schema={"type": "object", "description": "x" * 20_000}),
    ]
    async with serving(tools) as server:
        yield server


@pytest.fixture
def services(clients: Clients, other: Running) -> Services:
    """An instance whose operator vouches for that server."""
    runtime = Nobody()
    settings = clients.settings.model_copy(update={"mcp_private_urls": f"{other.url} http://10.0.0.9:1/mcp"})
    clients = replace(clients, settings=settings)
    return Services(**vars(clients), runtime=runtime, models=Models(clients.settings, runtime))


async def added(who: Visitor, url: str, **more: object) -> dict[str, Any]:
    answer = await who.http.post(SERVERS, json={"name": "post", "transport": "http", "url": url, **more})
    assert answer.status_code == 201, answer.text
    return answer.json()


def user_of(who: Visitor) -> UserId:
    return UserId(UUID(who.tokens["user"]["id"]))


async def test_a_server_is_added_with_its_tools(ada: Visitor, other: Running):
    server = await added(ada, other.url)
    assert server["error"] is None
    assert server["left_out"] == 3
    tools = {tool["title"]: tool for tool in server["tools"]}
    assert tools["look"]["name"] == "mcp_post_look"
    assert tools["look"]["read_only"] is True
    assert tools["send mail"]["name"].startswith("mcp_post_send_mail_")
    assert tools["send mail"]["read_only"] is False
    assert {len(tool["name"]) for tool in tools.values() if tool["title"].startswith("x")} == {64}
    assert (await ada.http.get(SERVERS)).json()["servers"] == [server]


async def test_secrets_go_to_the_server_and_are_never_shown(ada: Visitor, other: Running, services: Services):
    server = await added(ada, other.url, secrets={"X-Key": "a secret"})
    assert {headers.get("x-key") for headers in other.headers} == {"a secret"}
    assert server["secrets"] == ["X-Key"]
    assert "a secret" not in (await ada.http.get(SERVERS)).text
    async with services.db.as_user(user_of(ada)) as conn:
        row = await conn.fetchval("select mcp_servers::text from mcp_servers")
    assert "a secret" not in row
    assert b"a secret".hex() not in row


async def test_secrets_of_another_key_are_said_to_be_lost(ada: Visitor, other: Running, services: Services):
    await added(ada, other.url, secrets={"X-Key": "a secret"})
    changed = services.settings.model_copy(update={"jwt_secret": SecretStr("another key of the instance, as long")})
    object.__setattr__(services, "settings", changed)
    (server,) = (await ada.http.get(SERVERS)).json()["servers"]
    assert server["secrets"] == []
    assert "Enter them again" in server["error"]


async def test_who_asks_elsewhere_takes_no_secrets_along(ada: Visitor, other: Running):
    server = await added(ada, other.url, secrets={"X-Key": "a secret"})
    answer = await ada.http.patch(f"{SERVERS}/{server['id']}", json={"url": "http://10.0.0.9:1/mcp", "enabled": False})
    assert answer.json()["secrets"] == []
    assert answer.json()["tools"] == []


async def test_a_change_is_kept_and_asks_again(ada: Visitor, other: Running):
    server = await added(ada, other.url)
    asked = len(other.headers)
    off = await ada.http.patch(f"{SERVERS}/{server['id']}", json={"enabled": False, "name": "mail"})
    assert (off.json()["enabled"], off.json()["name"]) == (False, "mail")
    assert off.json()["tools"][0]["name"] == "mcp_mail_look"
    assert len(other.headers) == asked
    on = await ada.http.patch(f"{SERVERS}/{server['id']}", json={"enabled": True})
    assert on.json()["enabled"] is True
    assert len(other.headers) > asked


async def test_a_dead_server_keeps_its_tools_and_says_that_it_is_dead(ada: Visitor):
    async with serving(tools_named("look")) as dying:
        answer = await ada.http.post(SERVERS, json={"name": "post", "transport": "http", "url": dying.url})
    assert answer.json()["error"].startswith(("Port", "127.0.0.1 is not on the public web"))
    assert answer.json()["tools"] == []


async def test_what_died_later_keeps_its_tools(ada: Visitor, other: Running, services: Services):
    server = await added(ada, other.url)
    object.__setattr__(services, "settings", services.settings.model_copy(update={"mcp_private_urls": ""}))
    again = (await ada.http.post(f"{SERVERS}/{server['id']}/refresh")).json()
    assert again["error"]
    assert again["tools"] == server["tools"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "Post"},
        {"name": "po_st"},
        {"name": "x" * 21},
        {"url": "file:///etc/passwd"},
        {"url": "http://localhost/mcp"},
        {"url": None},
        {"command": ["python"]},
        {"transport": "stdio"},
        {"transport": "stdio", "url": None},
        {"transport": "stdio", "url": None, "command": []},
        {"transport": "stdio", "url": None, "command": ["x"], "folder": "../etc"},
        {"secrets": {"Host": "x"}},
        {"secrets": {"X-Key": "a\nb"}},
        {"secrets": {"X Key": "a"}},
        {"surprise": 1},
    ],
    ids=str,
)
async def test_a_server_that_makes_no_sense_is_422(ada: Visitor, wrong: dict[str, object]):
    body = {"name": "post", "transport": "http", "url": "https://example.com/mcp", **wrong}
    assert_problem(await ada.http.post(SERVERS, json=body), 422)
    assert (await ada.http.get(SERVERS)).json()["servers"] == []


async def test_a_name_is_taken_once_for_each_person(ada: Visitor, bob: Visitor, other: Running):
    await added(ada, other.url)
    again = await ada.http.post(SERVERS, json={"name": "post", "transport": "http", "url": other.url})
    assert_problem(again, 409)
    await added(bob, other.url)


async def test_a_request_that_is_sent_twice_adds_one(ada: Visitor, other: Running):
    body = {"name": "post", "transport": "http", "url": other.url}
    answers = [await ada.http.post(SERVERS, json=body, headers={"Idempotency-Key": "k"}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json()["id"] == answers[1].json()["id"]


async def test_a_server_is_forgotten(ada: Visitor, other: Running):
    server = await added(ada, other.url)
    assert (await ada.http.delete(f"{SERVERS}/{server['id']}")).status_code == 204
    assert (await ada.http.get(SERVERS)).json()["servers"] == []
    for method in ("delete", "patch"):
        answer = await ada.http.request(method, f"{SERVERS}/{server['id']}", json={} if method == "patch" else None)
        assert_problem(answer, 404)
    assert_problem(await ada.http.post(f"{SERVERS}/{uuid4()}/refresh"), 404)


async def test_agents_have_the_tools_of_servers_that_are_on(
    ada: Visitor, bob: Visitor, other: Running, services: Services
):
    server = await added(ada, other.url)
    async with services.db.as_user(user_of(ada)) as conn:
        hers = {tool.name: tool for tool in await theirs(conn, services.settings)}
        some = await theirs(conn, services.settings, ["calculator", "mcp_post_look"])
        none = await theirs(conn, services.settings, ["calculator"])
    async with services.db.as_user(user_of(bob)) as conn:
        his = await theirs(conn, services.settings)
    assert len(hers) == 3
    assert len(some) == 3
    assert (list(none), list(his)) == ([], [])
    looks, sends = hers["mcp_post_look"].facts, next(hers[name].facts for name in hers if "send" in name)
    assert (looks.reads_untrusted, looks.side_effect, looks.exfiltrates) == (True, False, True)
    assert (sends.reads_untrusted, sends.side_effect, sends.exfiltrates) == (True, True, True)
    assert names_of("full", hers.values()) == sorted(hers)
    await ada.http.patch(f"{SERVERS}/{server['id']}", json={"enabled": False})
    async with services.db.as_user(user_of(ada)) as conn:
        assert list(await theirs(conn, services.settings)) == []
