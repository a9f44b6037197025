"""Streams that are cut are the same, to the byte, as streams that are not."""

import asyncio

import pytest

from apexaurum import AsyncApex
from apexaurum.asynchronous.following import follow
from apexaurum.errors import ConnectionLost
from apexaurum.events import Event
from tests.sdk.conftest import HASTY, Account
from tests.sdk.cutting import Cutter
from tests.serve.live.house import House

COUNT = " ".join(str(number) for number in range(1, 101))
CUTS = [120, 900, 1100, 1500, 700, 2500, 3000, 10, 900]
"""In the middle of fields, of events, of the head of an answer."""


async def test_an_answer_comes_as_it_is_said(apex: AsyncApex):
    words = [piece async for piece in apex.chat.say("count to 100").text()]
    assert "".join(words) == COUNT
    assert len(words) > 3


async def test_a_cut_stream_is_the_same_to_the_byte(ada: Account, apex: AsyncApex, cutter: Cutter):
    async with ada.async_apex(cutter.url) as shaky:
        await shaky.me()
        cutter.cut(answers=CUTS)
        answer = shaky.chat.say("count to 100 at 100 tokens per second", key="one")
        heard = [event async for event in answer.events()]
    assert cutter.cuts == len(CUTS)
    again = apex.chat.say("count to 100 at 100 tokens per second", key="one")
    assert heard == [event async for event in again.events()]
    assert heard[0].type == "message_added"
    assert heard[-1].type == "turn_ended"
    assert answer.content == COUNT == (await answer.reply()).content


async def test_the_blocking_client_resumes_too(ada: Account, apex: AsyncApex, cutter: Cutter):
    with ada.apex(cutter.url) as shaky:
        await asyncio.to_thread(shaky.me)
        cutter.cut(answers=CUTS)
        answer = shaky.chat.say("count to 100", key="one")
        heard = await asyncio.to_thread(lambda: list(answer.events()))
    assert cutter.cuts == len(CUTS)
    assert heard == [event async for event in apex.chat.say("count to 100", key="one").events()]


async def test_a_message_is_said_once_however_often_it_is_sent(ada: Account, apex: AsyncApex, cutter: Cutter):
    async with ada.async_apex(cutter.url) as shaky:
        await shaky.me()
        cutter.cut(answers=CUTS)
        reply = await shaky.chat.say("count to 100").reply()
    found = await apex.chat.conversation(reply.conversation_id)
    assert [message.role for message in found.messages] == ["user", "assistant"]


async def test_a_server_that_stays_away_is_an_error_in_the_end(ada: Account, cutter: Cutter):
    async with ada.async_apex(cutter.url) as shaky:
        await shaky.me()
        cutter.cut(answers=[1] * 100)
        with pytest.raises(ConnectionLost):
            await shaky.chat.say("hello").reply()
    assert cutter.cuts == HASTY.attempts - 1  # and the connection that was there


async def test_events_that_are_gone_are_made_up_for(apex: AsyncApex, house: House):
    answer = apex.chat.say("count to 3", key="one")
    events = [event async for event in answer.events()]
    conversation = events[0].data["conversation_id"]
    await house.services.redis.delete(f"events:conversation:{conversation}")
    heard = "".join([piece async for piece in apex.chat.say("count to 3", key="one").text()])
    assert heard == "1 2 3"


async def test_a_failed_answer_says_why(apex: AsyncApex):
    reply = await apex.chat.say("fail refused").reply()
    assert reply.status == "failed"
    assert reply.error is not None
    assert reply.error.code == "refused"


async def test_a_channel_is_followed_over_many_sockets(ada: Account, apex: AsyncApex, cutter: Cutter):
    first = await apex.chat.say("hello").reply()
    channel = f"conversation:{first.conversation_id}"
    heard: dict[str, list[Event]] = {"plain": [], "shaky": []}
    ready = {name: asyncio.Event() for name in heard}

    async def listen(name: str, url: str) -> None:
        async with ada.async_apex(url) as client:
            async for event in follow(client._transport, channel):  # pyright: ignore[reportPrivateUsage]
                if event.type == "subscribed":
                    await client.chat.rename(first.conversation_id, name)
                elif event.type == "conversation_updated":
                    ready[name].set()
                elif event.seq is not None and event.data.get("turn_id") != first.turn_id:
                    heard[name].append(event)
                    if event.type == "turn_ended":
                        return

    async with asyncio.timeout(60), asyncio.TaskGroup() as tasks:
        tasks.create_task(listen("plain", ada.url))
        tasks.create_task(listen("shaky", cutter.url))
        for each in ready.values():
            await each.wait()
        cutter.cut(answers=[900] * 12)
        message = "count to 100 at 100 tokens per second"
        tasks.create_task(apex.chat.say(message, conversation=first.conversation_id).reply())
    texts = {name: [e for e in events if e.type == "token"] for name, events in heard.items()}
    assert texts["plain"] == texts["shaky"]
    assert "".join(event.data["content"] for event in texts["shaky"]) == COUNT
    assert cutter.cuts >= 4
