"""Our tools, agents and realms over MCP, by the package's own client on a real connection."""

import asyncio
import socket
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import httpx
import httpx2
import mcp_types as types
import pytest
import uvicorn
from fastapi import FastAPI
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError

from actors.kinds import KINDS
from cluster.models.catalogue import Models
from cluster.runtime.loop import LoopRuntime
from cluster.services import Clients, Services
from tests.serve.visitors import Visitor, assert_problem

MODES = ["auto", "legacy"]
"""The protocol of 2026-07-28, and the older ones with their handshake."""


@pytest.fixture
async def services(clients: Clients) -> AsyncIterator[Services]:
    """Open services with real actors: realms keep what is said."""
    async with LoopRuntime.open(clients, KINDS) as runtime:
        yield Services(**vars(clients), runtime=runtime, models=Models(clients.settings, runtime))


@pytest.fixture
async def url(door: FastAPI) -> AsyncIterator[str]:
    """Where MCP clients find a real server in front of the door."""
    server = uvicorn.Server(uvicorn.Config(door, lifespan="off", log_config=None, ws="none"))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        serving = asyncio.create_task(server.serve([listening]))
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/mcp"
        server.should_exit = True
        await serving


@asynccontextmanager
async def client(url: str, who: Visitor, mode: str = "auto", *, key: str | None = None) -> AsyncGenerator[Client]:
    """An MCP client with somebody's token, or with a key."""
    headers = {"Authorization": f"Bearer {key or who.tokens['access_token']}"}
    async with (
        httpx2.AsyncClient(headers=headers, timeout=30) as http,
        Client(streamable_http_client(url, http_client=http), mode=mode) as opened,
    ):
        yield opened


def text_of(result: types.CallToolResult) -> str:
    (content,) = result.content
    assert isinstance(content, types.TextContent)
    return content.text


async def rule(who: Visitor, tool: str, rule: str) -> None:
    answer = await who.http.put("/api/v1/user/preferences", json={"tool_rules": {tool: rule}})
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("mode", MODES)
async def test_a_client_lists_tools_and_runs_one(url: str, ada: Visitor, mode: str):
    async with client(url, ada, mode) as mcp:
        names = {tool.name: tool for tool in (await mcp.list_tools()).tools}
        assert "expression" in names["calculator"].input_schema["properties"]
        result = await mcp.call_tool("calculator", {"expression": "7 * 14"})
    assert not result.is_error
    assert '"result":98' in text_of(result)


@pytest.mark.parametrize("mode", MODES)
async def test_a_run_over_mcp_is_a_run_like_others(url: str, ada: Visitor, mode: str):
    async with client(url, ada, mode) as mcp:
        await mcp.call_tool("memory_store", {"key": "colour", "value": "blue"})
        result = await mcp.call_tool("memory_retrieve", {"key": "colour"})
    assert "blue" in text_of(result)
    runs = (await ada.http.get("/api/v1/tools/runs")).json()["runs"]
    assert [run["tool"] for run in runs] == ["memory_retrieve", "memory_store"]
    assert runs[0]["limits"]["of_seconds"] > 0


async def test_a_wrong_argument_is_a_result_that_a_model_can_mend(url: str, ada: Visitor):
    async with client(url, ada) as mcp:
        result = await mcp.call_tool("calculator", {"sum": "1"})
    assert result.is_error
    assert "sum: Extra inputs are not permitted" in text_of(result)


async def test_a_tool_that_is_not_there_is_an_error(url: str, ada: Visitor):
    async with client(url, ada) as mcp:
        with pytest.raises(MCPError, match="Unknown tool"):
            await mcp.call_tool("fly", {})


async def test_what_is_listed_follows_the_address_and_the_person(url: str, ada: Visitor):
    async def names(address: str) -> set[str]:
        async with client(address, ada) as mcp:
            return {tool.name for tool in (await mcp.list_tools()).tools}

    minimal, full, usual = await names(f"{url}?preset=minimal"), await names(f"{url}?preset=full"), await names(url)
    assert minimal == {"tool_search"}
    assert minimal < usual < full
    await ada.http.put("/api/v1/user/preferences", json={"tool_preset": "minimal"})
    assert await names(url) == minimal
    assert_problem(await ada.http.post("/mcp?preset=nonsense"), 422)


async def test_what_is_switched_off_is_not_listed_and_does_not_run(url: str, ada: Visitor):
    await rule(ada, "calculator", "never")
    async with client(url, ada) as mcp:
        assert "calculator" not in {tool.name for tool in (await mcp.list_tools()).tools}
        result = await mcp.call_tool("calculator", {"expression": "1"})
    assert result.is_error
    assert "switched this tool off" in text_of(result)
    assert (await ada.http.get("/api/v1/tools/runs")).json()["runs"] == []


async def test_what_asks_first_says_so_and_does_not_run(url: str, ada: Visitor):
    await rule(ada, "memory_store", "ask")
    async with client(url, ada) as mcp:
        result = await mcp.call_tool("memory_store", {"key": "colour", "value": "blue"})
    assert result.is_error
    assert "wants to be asked" in text_of(result)
    assert (await ada.http.get("/api/v1/tools/runs")).json()["runs"] == []


async def test_hints_tell_the_other_host_what_to_ask_about(url: str, ada: Visitor):
    async with client(f"{url}?preset=full", ada) as mcp:
        hints = {tool.name: tool.annotations for tool in (await mcp.list_tools()).tools}
    reads, writes = hints["calculator"], hints["memory_delete"]
    assert reads is not None
    assert writes is not None
    assert (reads.read_only_hint, reads.open_world_hint) == (True, False)
    assert (writes.read_only_hint, writes.destructive_hint) == (False, True)


@pytest.mark.parametrize("mode", MODES)
async def test_realms_threads_and_files_are_resources(url: str, ada: Visitor, mode: str):
    said = {"content": "the kiln runs at 900 degrees", "thread": "kiln"}
    assert (await ada.http.post("/api/v1/village/knowledge", json=said)).status_code == 201
    files = [("files", ("notes and more.md", b"# Kiln\n")), ("files", ("raw.bin", b"\xff\x00"))]
    assert (await ada.http.post("/api/v1/files", files=files)).status_code == 201
    async with client(url, ada, mode) as mcp:
        found = {resource.name: resource for resource in (await mcp.list_resources()).resources}
        read = {name: (await mcp.read_resource(found[name].uri)).contents[0] for name in found}
        templates = (await mcp.list_resource_templates()).resource_templates
    assert {"My village", "kiln", "notes and more.md", "raw.bin"} == set(found)
    texts = {name: part.text for name, part in read.items() if isinstance(part, types.TextResourceContents)}
    assert "900 degrees" in texts["My village"]
    assert "900 degrees" in texts["kiln"]
    assert texts["notes and more.md"] == "# Kiln\n"
    assert isinstance(read["raw.bin"], types.BlobResourceContents)
    assert {template.name for template in templates} == {"realm", "thread", "file"}


async def test_what_is_hers_is_no_resource_of_his(url: str, ada: Visitor, bob: Visitor):
    said = {"content": "a secret", "thread": "secrets"}
    assert (await ada.http.post("/api/v1/village/knowledge", json=said)).status_code == 201
    assert (await ada.http.post("/api/v1/files", files=[("files", ("secret.txt", b"a secret"))])).status_code == 201
    async with client(url, ada) as mcp:
        hers = [resource.uri for resource in (await mcp.list_resources()).resources]
    async with client(url, bob) as mcp:
        his = [resource.uri for resource in (await mcp.list_resources()).resources]
        assert len(hers) == 3
        assert not set(hers) & set(his)
        for uri in hers:
            with pytest.raises(MCPError) as refused:
                await mcp.read_resource(uri)
            assert "a secret" not in str(refused.value)


@pytest.mark.parametrize("uri", ["apexaurum://realms/nonsense", "apexaurum://keys/1", "file:///etc/passwd", "x"])
async def test_other_addresses_are_no_resources(url: str, ada: Visitor, uri: str):
    async with client(url, ada) as mcp:
        with pytest.raises(MCPError, match="no resource"):
            await mcp.read_resource(uri)


async def test_a_path_that_leaves_the_workspace_is_refused(url: str, ada: Visitor):
    async with client(url, ada) as mcp:
        with pytest.raises(MCPError, match="workspace"):
            await mcp.read_resource("apexaurum://files/..%2F..%2Fetc/passwd")


@pytest.mark.parametrize("mode", MODES)
async def test_agents_are_prompts(url: str, ada: Visitor, mode: str):
    async with client(url, ada, mode) as mcp:
        prompts = {prompt.name for prompt in (await mcp.list_prompts()).prompts}
        got = await mcp.get_prompt("VAJRA", {"task": "Is it ripe?"})
        with pytest.raises(MCPError):
            await mcp.get_prompt("NOBODY")
    assert {"AZOTH", "ELYSIAN", "VAJRA", "KETHER"} <= prompts
    content = got.messages[0].content
    assert isinstance(content, types.TextContent)
    assert content.text.startswith("You are Vajra")
    assert content.text.endswith("Is it ripe?")


async def test_nobody_speaks_mcp_without_a_token(http: httpx.AsyncClient):
    assert_problem(await http.post("/mcp", json={}), 401, "sign-in-needed")


async def test_a_key_for_tools_opens_it_and_another_does_not(url: str, ada: Visitor):
    async def key(scope: str) -> str:
        answer = await ada.http.post("/api/v1/user/keys", json={"name": scope, "scopes": [scope]})
        return answer.json()["key"]

    async with client(url, ada, key=await key("tools")) as mcp:
        assert not (await mcp.call_tool("calculator", {"expression": "1"})).is_error
    answer = await ada.http.post("/mcp", json={}, headers={"Authorization": f"Bearer {await key('chat')}"})
    assert_problem(answer, 403, "scope-missing")


async def test_a_page_of_somebody_else_may_not_speak_here(ada: Visitor):
    assert_problem(await ada.http.post("/mcp", json={}, headers={"Origin": "https://evil.example"}), 403)


async def test_there_is_no_stream_and_no_session(ada: Visitor):
    assert (await ada.http.get("/mcp")).status_code == 405
    assert (await ada.http.delete("/mcp")).status_code == 405


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"jsonrpc": "2.0"}', b"\xff", b"[" * 10_000])
async def test_what_cannot_be_read_is_refused(ada: Visitor, body: bytes):
    headers = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
    answer = await ada.http.post("/mcp", content=body, headers=headers)
    assert answer.status_code == 400


async def test_a_conversation_is_named_in_the_address(url: str, ada: Visitor, bob: Visitor):
    async with client(f"{url}?conversation={uuid4()}", bob) as mcp:
        result = await mcp.call_tool("session_info", {})
    assert result.is_error
