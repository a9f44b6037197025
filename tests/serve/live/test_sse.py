"""Event streams: the same log, resumed byte for byte, and turns that do not care who listens."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import orjson
import pytest

from cluster.events.names import stream_key
from serve.live import sse, turns
from tests.serve.live.house import Event, House, Person, eventually

EVENTS = {"Accept": "text/event-stream"}


async def blocks(answer: httpx.Response) -> AsyncIterator[str]:
    """The blocks of an event stream, as they come."""
    rest = ""
    async for text in answer.aiter_text():
        *whole, rest = (rest + text).split("\n\n")
        for block in whole:
            yield block


def id_of(block: str) -> str | None:
    return next((line[4:] for line in block.splitlines() if line.startswith("id: ")), None)


def data_of(block: str) -> Event:
    return orjson.loads(next(line[6:] for line in block.splitlines() if line.startswith("data: ")))


async def streamed(person: Person, message: str, key: str, **headers: str) -> list[str]:
    """All events of an answer."""
    async with person.http.stream(
        "POST", "/api/v1/chat/message", json={"message": message}, headers={**EVENTS, "Idempotency-Key": key, **headers}
    ) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        return [block async for block in blocks(answer) if id_of(block)]


async def test_an_answer_streams_to_its_end(ada: Person):
    events = await streamed(ada, "count to 20", "k")
    data = [data_of(block) for block in events]
    assert [event["type"] for event in data][:2] == ["message_added", "turn_started"]
    assert data[-1]["type"] == "turn_ended"
    assert "".join(event["content"] for event in data if event["type"] == "token") == " ".join(map(str, range(1, 21)))
    assert all(f"event: {event['type']}\n" in block for block, event in zip(events, data, strict=True))
    assert all(id_of(block) == event["seq"] for block, event in zip(events, data, strict=True))


async def test_resuming_anywhere_gives_the_same_bytes(ada: Person):
    whole = await streamed(ada, "count to 20", "k")
    for place in range(len(whole)):
        last = id_of(whole[place]) or ""
        resumed = await streamed(ada, "count to 20", "k", **{"Last-Event-ID": last})
        assert resumed == whole[place + 1 :]


async def test_a_cut_stream_is_resumed_in_the_middle_of_the_answer(ada: Person):
    had: list[str] = []
    async with ada.http.stream(
        "POST", "/api/v1/chat/message", json={"message": "count to 60"}, headers={**EVENTS, "Idempotency-Key": "k"}
    ) as answer:
        async for block in blocks(answer):
            if id_of(block):
                had.append(block)
            if '"type":"token"' in block:
                break
    rest = await streamed(ada, "count to 60", "k", **{"Last-Event-ID": id_of(had[-1]) or ""})
    assert had + rest == await streamed(ada, "count to 60", "k")


async def test_leaving_does_not_stop_the_answer(ada: Person):
    async with ada.http.stream(
        "POST", "/api/v1/chat/message", json={"message": "count to 60"}, headers={**EVENTS, "Idempotency-Key": "k"}
    ) as answer:
        await answer.aiter_raw().__anext__()
    whole = await ada.http.post(
        "/api/v1/chat/message", json={"message": "count to 60"}, headers={"Idempotency-Key": "k"}
    )
    assert whole.json()["status"] == "completed"
    assert whole.json()["content"] == " ".join(map(str, range(1, 61)))


async def test_a_finished_answer_whose_events_are_gone_ends_at_once(
    ada: Person, house: House, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(turns, "GRACE_SECONDS", 0.1)
    whole = await streamed(ada, "count to 3", "k")
    conversation = data_of(whole[0])["conversation_id"]
    await house.services.redis.delete(stream_key(f"conversation:{conversation}"))
    again = await streamed(ada, "count to 3", "k", **{"Last-Event-ID": id_of(whole[0]) or ""})
    assert [data_of(block)["type"] for block in again] == ["reload"]
    answer = await ada.http.post(
        "/api/v1/chat/message", json={"message": "count to 3"}, headers={"Idempotency-Key": "k"}
    )
    assert answer.json()["content"] == "1 2 3"


async def test_silence_is_filled_with_heartbeats(ada: Person, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sse, "HEARTBEAT_SECONDS", 0.05)
    first = await ada.say("hello")
    async with ada.http.stream("GET", f"/api/v1/chat/conversations/{first['conversation_id']}/events") as answer:
        async for block in blocks(answer):
            if block.startswith(": still"):
                return


async def test_a_conversation_can_be_followed_and_resumed(ada: Person):
    first = await ada.say("hello")
    path = f"/api/v1/chat/conversations/{first['conversation_id']}/events"
    await ada.titled(first["conversation_id"])
    heard: list[str] = []

    async def follow(count: int, **headers: str) -> None:
        async with ada.http.stream("GET", path, headers=headers) as answer:
            async for block in blocks(answer):
                if id_of(block):
                    heard.append(block)
                elif not following.is_set():
                    following.set()
                if len(heard) == count:
                    return

    following = asyncio.Event()
    task = asyncio.create_task(follow(1))
    await following.wait()
    await ada.http.patch(path.removesuffix("/events"), json={"title": "One"})
    await task
    await ada.http.patch(path.removesuffix("/events"), json={"title": "Two"})
    await follow(2, **{"Last-Event-ID": id_of(heard[0]) or ""})
    assert [data_of(block)["conversation"]["title"] for block in heard] == ["One", "Two"]


async def test_a_follower_that_leaves_leaves_nothing_behind(ada: Person, house: House):
    first = await ada.say("hello")
    path = f"/api/v1/chat/conversations/{first['conversation_id']}/events"
    async with ada.http.stream("GET", path) as answer:
        await answer.aiter_raw().__anext__()
        await eventually(lambda: house.live.tail.channels == 1)
    await eventually(lambda: house.live.tail.channels == 0)


async def test_a_wrong_last_event_id_is_a_problem(ada: Person):
    answer = await ada.http.post(
        "/api/v1/chat/message", json={"message": "x"}, headers={**EVENTS, "Last-Event-ID": "yesterday"}
    )
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_failed_answer_says_why(ada: Person):
    answer = await ada.say("fail refused")
    assert answer["status"] == "failed"
    assert answer["error"]["code"] == "refused"


async def test_a_server_that_ends_ends_its_streams_and_they_go_on_elsewhere(ada: Person, house: House):
    said = {"message": "count to 100 at 50 tokens per second"}
    headers = {**EVENTS, "Idempotency-Key": "leaving"}
    heard: list[str] = []
    async with ada.http.stream("POST", "/api/v1/chat/message", json=said, headers=headers) as answer:
        async for block in blocks(answer):
            heard.append(block)
            if "event: token" in block:
                house.live.leaving.set()
    assert not any("event: turn_ended" in block for block in heard)

    house.live.leaving.clear()
    last = next(found for block in reversed(heard) if (found := id_of(block)))
    heard += await streamed(ada, said["message"], "leaving", **{"Last-Event-ID": last})

    tokens = [data_of(block)["content"] for block in heard if "event: token" in block]
    assert "".join(tokens) == " ".join(str(number) for number in range(1, 101))
