"""Servers over Streamable HTTP: through the guard, within bounds, and with words for what goes wrong."""

import asyncio
from collections.abc import AsyncGenerator

import mcp_types as mcp
import pytest
from mcp.shared.exceptions import MCPError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from sandbox.egress.errors import EgressRefused, Unreachable
from sandbox.egress.guard import Guard
from sandbox.egress.targets import operators_target
from sandbox.errors import ToolFailed
from sandbox.mcp import guarded
from sandbox.mcp.remote import call_tool, list_tools
from sandbox.mcp.results import text_of
from sandbox.mcp.servers import Remote
from tests.sandbox.internet import Internet
from tests.sandbox.mcp.servers import listening, said, serving, tools_named


def vouching(*urls: str) -> Guard:
    """The real guard of an operator who named these."""
    return Guard(vouched_for=frozenset(operators_target(url).origin for url in urls))


async def called(url: str, name: str = "say", seconds: float = 20, **arguments: object) -> str:
    return text_of(await call_tool(vouching(url), Remote(url=url), name, arguments, seconds=seconds))


@pytest.mark.parametrize("stateless", [False, True])
@pytest.mark.parametrize("json_response", [False, True])
async def test_a_server_is_listed_and_its_tool_called(stateless: bool, json_response: bool):
    async with serving(tools_named("say"), stateless=stateless, json_response=json_response) as server:
        tools = await list_tools(vouching(server.url), Remote(url=server.url), seconds=20)
        answered = await called(server.url, text="hello")
    assert [tool.name for tool in tools] == ["say"]
    assert answered == "say: hello"
    assert server.calls == [("say", {"text": "hello"})]


async def test_its_headers_go_along():
    async with serving(tools_named("say")) as server:
        remote = Remote(url=server.url, headers={"X-Key": "a secret"})
        await list_tools(vouching(server.url), remote, seconds=20)
    assert {headers.get("x-key") for headers in server.headers} == {"a secret"}


async def test_nothing_private_is_asked_unless_the_operator_named_it():
    async with serving(tools_named("say")) as server:
        with pytest.raises(EgressRefused):
            await list_tools(Guard(), Remote(url=server.url), seconds=20)
        for url in ("http://127.0.0.1:8080/mcp", "http://10.0.0.1/mcp", "http://localhost/mcp", "file:///etc/passwd"):
            with pytest.raises(EgressRefused):
                await list_tools(vouching(server.url), Remote(url=url), seconds=20)
    assert server.headers == []


async def test_a_name_that_leads_home_is_refused():
    async with Internet() as internet:
        internet.name("evil.example", ["127.0.0.1"])
        with pytest.raises(EgressRefused, match="not on the public web"):
            await list_tools(internet.guard(), Remote(url="http://evil.example/mcp"), seconds=20)
        assert internet.dialled == []


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_redirect_leads_nowhere_else(status: int):
    async def away(request: Request) -> Response:
        return RedirectResponse(elsewhere.url, status)

    app = Starlette(routes=[Route("/mcp", away, methods=["POST", "GET"])])
    async with serving(tools_named("say")) as elsewhere, listening(app) as port:
        url = f"http://127.0.0.1:{port}/mcp"
        with pytest.raises(ToolFailed):
            await list_tools(vouching(url, elsewhere.url), Remote(url=url, headers={"X-Key": "k"}), seconds=20)
    assert elsewhere.headers == []


async def test_nobody_there_is_said_so():
    async with serving(tools_named("say")) as server:
        pass
    with pytest.raises(Unreachable, match="does not answer on port"):
        await called(server.url)


async def test_an_error_of_the_tool_is_its_own_words():
    async with serving(tools_named("say"), lambda name, arguments: said("no such file", is_error=True)) as server:
        with pytest.raises(ToolFailed, match="no such file"):
            await called(server.url)


async def test_a_tool_that_is_not_there_is_refused_by_the_server():
    def nothing(name: str, arguments: object) -> mcp.CallToolResult:
        raise MCPError(mcp.INVALID_PARAMS, f"unknown {name}")

    async with serving(tools_named("say"), nothing) as server:
        with pytest.raises(ToolFailed, match=r"The server refuses.*: unknown fly"):
            await called(server.url, "fly")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Response("no", 401), "401"),
        (Response("no", 500), "500"),
        (Response("<html>", media_type="text/html"), "refuses"),
        (Response("{}", media_type="application/json"), "refuses|not MCP"),
        (Response("{}", headers={"content-encoding": "zstd"}, media_type="application/json"), "encoded"),
    ],
)
async def test_what_is_not_mcp_is_said_so(answer: Response, words: str):
    async def other(request: Request) -> Response:
        return answer

    async with listening(Starlette(routes=[Route("/mcp", other, methods=["POST", "GET"])])) as port:
        with pytest.raises(ToolFailed, match=words):
            await called(f"http://127.0.0.1:{port}/mcp")


async def test_a_server_that_never_answers_is_given_up():
    async with serving(tools_named("wait")) as server:
        with pytest.raises(Unreachable, match="within 2 seconds"):
            await called(server.url, "wait", seconds=2)
        async with asyncio.timeout(20):
            await server.left.wait()


async def test_a_cancelled_call_is_cancelled_at_the_server():
    async with serving(tools_named("wait")) as server:
        calling = asyncio.create_task(called(server.url, "wait"))
        async with asyncio.timeout(20):
            await server.waits.wait()
            calling.cancel()
            with pytest.raises(asyncio.CancelledError):
                await calling
            await server.left.wait()


async def test_a_flood_ends_at_its_bound(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(guarded, "MOST_BYTES", 200_000)

    async def flood(request: Request) -> Response:
        async def drops() -> AsyncGenerator[bytes]:
            while True:
                yield b": nothing\n" * 100
                await asyncio.sleep(0)

        return StreamingResponse(drops(), media_type="text/event-stream")

    async with listening(Starlette(routes=[Route("/mcp", flood, methods=["POST"])])) as port:
        with pytest.raises(Unreachable, match="said more than"):
            await called(f"http://127.0.0.1:{port}/mcp")


async def test_a_long_result_is_cut():
    async with serving(tools_named("say"), lambda name, arguments: said("x" * 60_000)) as server:
        answered = await called(server.url)
    assert len(answered) < 49_000
    assert answered.endswith("[cut here: 12000 more characters]")


def test_other_contents_are_named_and_not_shown():
    parts: list[mcp.ContentBlock] = [
        mcp.TextContent(text="look:"),
        mcp.ImageContent(data="AAAA", mime_type="image/png"),
        mcp.ResourceLink(name="notes", uri="file:///notes"),
        mcp.EmbeddedResource(resource=mcp.TextResourceContents(uri="file:///a", text="inside")),
    ]
    told = text_of(mcp.CallToolResult(content=parts))
    assert told == "look:\n\n[image, image/png, 3 bytes: not shown]\n\n[notes: file:///notes]\n\ninside"
    assert text_of(mcp.CallToolResult(content=[], structured_content={"n": 1})) == '{"n":1}'
