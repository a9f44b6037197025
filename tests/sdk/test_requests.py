"""What is asked for happens once, whatever becomes of the connection; refusals are exceptions."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest

from apexaurum import Apex, AsyncApex
from apexaurum.errors import Conflict, Invalid, NotFound, RateLimited, Unavailable
from tests.sdk.conftest import HASTY, Account
from tests.sdk.cutting import Cutter

EMPTY = b"Content-Length: 0\r\n\r\n"


@asynccontextmanager
async def saying(*answers: bytes) -> AsyncGenerator[tuple[str, list[float]]]:
    """A server that gives these answers, one to a connection, and when it was asked."""
    left, asked = list(answers), list[float]()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        asked.append(asyncio.get_running_loop().time())
        writer.write(left.pop(0) if len(left) > 1 else left[0])
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", asked
    server.close()


async def test_knowledge_is_added_once_though_the_answer_was_lost(ada: Account, apex: AsyncApex, cutter: Cutter):
    async with ada.async_apex(cutter.url) as shaky:
        await shaky.me()
        cutter.cut(answers=[30, 200])
        added = await shaky.village.add("The archive is in room 12.", tags=["archive"])
    assert cutter.cuts == 2
    assert [known.id async for known in apex.village.all()] == [added.id]
    found = await apex.village.search("archive room")
    assert [hit.knowledge.content for hit in found] == ["The archive is in room 12."]
    assert (await apex.village.get(added.id)).realm_kind == "village"
    await apex.village.remove(added.id)
    assert [known.id async for known in apex.village.all()] == []
    assert any(realm.home for realm in await apex.village.realms())


async def test_a_tool_runs_once_though_the_answer_was_lost(ada: Account, apex: AsyncApex, cutter: Cutter):
    async with ada.async_apex(cutter.url) as shaky:
        await shaky.me()
        cutter.cut(answers=[30])
        run = await shaky.tools.execute("calculator", {"expression": "6*7"})
    assert cutter.cuts == 1
    assert not run.is_error
    assert "42" in run.content
    assert [kept.tool async for kept in apex.tools.runs()] == ["calculator"]


async def test_all_tools_are_listed_over_all_pages(apex: AsyncApex):
    tools = [tool.name async for tool in apex.tools.all()]
    assert len(tools) == len(set(tools)) > 100
    assert (await apex.tools.schema(tools[0])).parameters["type"] == "object"
    assert "calculator" in [tool.name async for tool in apex.tools.all("arithmetic calculate")]


async def test_a_file_comes_whole_through_cuts_both_ways(ada: Account, apex: AsyncApex, cutter: Cutter, tmp_path: Path):
    data = Random(1).randbytes(300_000)
    (tmp_path / "data.bin").write_bytes(data)
    async with ada.async_apex(cutter.url) as shaky:
        await shaky.me()
        cutter.cut(requests=[10**6, 100_000], answers=[30])
        file = await shaky.files.upload(tmp_path / "data.bin", "in/data.bin")
        assert cutter.cuts >= 1
        cutter.cut(answers=[100_000, 5, 100_000, 90_000])
        got = await shaky.files.download("in/data.bin", to=tmp_path / "back.bin")
        assert cutter.cuts == 4
    assert got == data == (tmp_path / "back.bin").read_bytes()
    assert [each.id async for each in apex.files.all("in")] == [file.id]


async def test_pieces_whose_answer_was_lost_are_not_sent_again(ada: Account, apex: AsyncApex, cutter: Cutter):
    data = Random(2).randbytes(9 * 2**20)
    async with ada.async_apex(cutter.url) as shaky:
        await shaky.me()
        cutter.cut(answers=[1000])
        await shaky.files.upload(data, "large.bin")
    assert cutter.cuts == 1
    assert await apex.files.download("large.bin") == data
    assert (await apex.files.usage()).bytes == len(data)


async def test_files_are_found_moved_and_deleted(apex: AsyncApex):
    await apex.files.folder("notes")
    file = await apex.files.upload(b"a line about gold\n", "notes/a.txt")
    with pytest.raises(Conflict):
        await apex.files.upload(b"another", "notes/a.txt")
    assert (await apex.files.upload(b"another line about gold\n", "notes/a.txt", replace=True)).id == file.id
    assert [match.line for match in await apex.files.search("gold")] == [1]
    assert (await apex.files.move("notes/a.txt", "b.txt")).id == file.id
    await apex.files.delete("b.txt")
    with pytest.raises(NotFound):
        await apex.files.at("b.txt")


async def test_refusals_say_what_the_server_said(apex: AsyncApex):
    with pytest.raises(Invalid) as refused:
        await apex.village.add("x", confidence=7)
    assert refused.value.problem.errors[0]["where"][-1] == "confidence"
    assert "confidence" in str(refused.value)
    with pytest.raises(NotFound) as missing:
        await apex.tools.schema("no_such_tool")
    assert missing.value.status == 404


async def test_models_and_conversations_are_listed(ada: Account, apex: AsyncApex):
    assert [model.id for model in (await apex.models()).models]
    reply = await apex.chat.say("hello").reply()

    def look(client: Apex) -> list[str]:
        with client:
            return [conversation.id for conversation in client.chat.conversations()]

    assert await asyncio.to_thread(look, ada.apex()) == [reply.conversation_id]
    assert [message.role async for message in apex.chat.messages(reply.conversation_id)] == ["user", "assistant"]
    await apex.chat.delete(reply.conversation_id)
    assert await asyncio.to_thread(look, ada.apex()) == []


async def test_it_waits_as_long_as_the_server_says():
    busy = b"HTTP/1.1 503 Busy\r\nRetry-After: 1\r\n" + EMPTY
    slow = b"HTTP/1.1 429 Slow\r\nRetry-After: 1\r\n" + EMPTY
    good = b'HTTP/1.1 200 OK\r\nContent-Length: 28\r\n\r\n{"default":"x", "models":[]}'
    async with saying(busy, slow, good) as (url, asked), AsyncApex(url, api_key="k", retrying=HASTY) as apex:
        assert (await apex.models()).default == "x"
    assert len(asked) == 3
    assert all(later - earlier >= 1 for earlier, later in pairwise(asked))


@pytest.mark.parametrize(("status", "error"), [(429, RateLimited), (503, Unavailable)])
async def test_it_does_not_wait_for_ever(status: int, error: type[Exception]):
    answer = b"HTTP/1.1 %d No\r\nRetry-After: 3600\r\n" % status + EMPTY
    async with saying(answer) as (url, asked), AsyncApex(url, api_key="k", retrying=HASTY) as apex:
        with pytest.raises(error):
            await apex.models()
    assert len(asked) == 1


async def test_a_sign_in_whose_answer_was_lost_is_done_again(ada: Account, cutter: Cutter):
    async with ada.async_apex(cutter.url) as apex:
        cutter.cut(answers=[10])
        assert (await apex.me()).email == ada.email
    assert cutter.cuts == 1
