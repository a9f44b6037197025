"""The socket: answers stream in, every device hears the same, and bad input ends nothing but itself."""

import asyncio
import os
from base64 import b64encode
from uuid import uuid4

import orjson
import pytest
from websockets.asyncio.client import connect

from cluster.events.names import conversation_channel
from serve.live import socket as sockets
from tests.serve.live.house import Event, House, Person, eventually


async def test_a_message_is_accepted_and_its_answer_streams_in(ada: Person):
    async with ada.phone() as phone:
        await phone.send(type="chat", id="one", message="count to 30")
        accepted = await phone.next("accepted")
        await phone.next("turn_ended")
        assert accepted["id"] == "one"
        assert phone.text(accepted["turn_id"]) == " ".join(str(n) for n in range(1, 31))


async def test_events_come_in_order_with_their_numbers(ada: Person):
    async with ada.phone() as phone:
        await phone.send(type="chat", id="one", message="count to 30")
        ended = await phone.next("turn_ended")
        events = phone.events(ended["turn_id"])
        numbers = [tuple(map(int, event["seq"].split("-"))) for event in events]
        assert numbers == sorted(set(numbers))
        assert [event["type"] for event in events][:3] == ["message_added", "turn_started", "step_started"]


async def test_a_command_sent_twice_makes_one_turn(ada: Person):
    async with ada.phone() as phone, ada.phone() as other:
        await phone.send(type="chat", id="one", message="count to 5")
        first = await phone.next("accepted")
        await other.send(type="chat", id="one", message="count to 5")
        second = await other.next("accepted")
        await phone.next("turn_ended")
        await other.next("turn_ended")
        assert first["turn_id"] == second["turn_id"]
        assert phone.events(first["turn_id"]) == other.events(first["turn_id"])
        assert len((await ada.open(first["conversation_id"]))["messages"]) == 2


async def test_two_sockets_see_the_same_and_a_third_that_comes_later_the_whole(ada: Person):
    async with ada.phone() as one, ada.phone() as two, ada.phone() as three:
        await one.send(type="chat", id="a", message="count to 60")
        accepted = await one.next("accepted")
        channel = f"conversation:{accepted['conversation_id']}"
        await two.send(type="subscribe", channel=channel, after=accepted["seq"])
        await one.next("turn_ended")
        await three.send(type="subscribe", channel=channel, after=accepted["seq"])
        for phone in (two, three):
            await phone.next("turn_ended")
        turn = accepted["turn_id"]
        assert one.events(turn) == two.events(turn) == three.events(turn)


async def test_a_client_that_comes_back_gets_exactly_what_it_missed(ada: Person):
    async with ada.phone() as phone:
        await phone.send(type="chat", id="a", message="count to 100")
        accepted = await phone.next("accepted")
        await phone.until(lambda event: event["type"] == "token")
        had = phone.events()
    channel = f"conversation:{accepted['conversation_id']}"
    async with ada.phone() as later:
        await later.send(type="subscribe", channel=channel, after=had[-1]["seq"])
        await later.next("turn_ended")
        whole = [event for event in had + later.events() if event["type"] == "token"]
        assert "".join(event["content"] for event in whole) == " ".join(str(n) for n in range(1, 101))


async def test_a_device_that_opens_a_running_conversation_gets_the_whole_answer(ada: Person):
    async with ada.phone() as phone, ada.phone() as other:
        first = await ada.say("count to 3")
        await phone.send(type="chat", id="a", conversation_id=first["conversation_id"], message="count to 100")
        accepted = await phone.next("accepted")
        await phone.until(lambda event: event["type"] == "token")
        snapshot = await ada.open(accepted["conversation_id"])
        assert [turn["status"] for turn in snapshot["turns"]] == ["running"]
        channel = f"conversation:{accepted['conversation_id']}"
        await other.send(type="subscribe", channel=channel, after=snapshot["seq"])
        await other.next("turn_ended")
        assert other.text(accepted["turn_id"]) == " ".join(str(n) for n in range(1, 101))
        assert "message_added" not in {event["type"] for event in other.events(first["turn_id"])}


async def test_messages_of_one_conversation_keep_their_order(ada: Person):
    start = await ada.say("hello")
    async with ada.phone() as phone:
        for n in range(6):
            await phone.send(type="chat", id=f"m{n}", conversation_id=start["conversation_id"], message=f"number {n}")
        await phone.until(lambda event: event["type"] == "message_added" and event["command_id"] == "m5")
        await phone.until(lambda event: event["type"] == "accepted" and event["id"] == "m5")
        accepted = [event["id"] for event in phone.heard if event["type"] == "accepted"]
        added = [event["message"]["content"] for event in phone.events() if event["type"] == "message_added"]
        assert accepted == [f"m{n}" for n in range(6)]
        assert added[-6:] == [f"number {n}" for n in range(6)]


async def test_stop_ends_the_answer(ada: Person):
    async with ada.phone() as phone:
        await phone.send(type="chat", id="a", message="count to 5000 at 50 tokens per second")
        accepted = await phone.next("accepted")
        await phone.next("token")
        await phone.send(type="stop", conversation_id=accepted["conversation_id"])
        assert (await phone.next("turn_ended"))["status"] == "stopped"


async def test_regenerate_answers_anew_on_another_branch(ada: Person):
    first = await ada.say("count to 4")
    async with ada.phone() as phone:
        await phone.send(type="regenerate", id="r", conversation_id=first["conversation_id"],
                         message_id=first["messages"][0]["id"])  # fmt: skip
        accepted = await phone.next("accepted")
        await phone.next("turn_ended")
        assert phone.text(accepted["turn_id"]) == "1 2 3 4"
    newest = (await ada.open(first["conversation_id"]))["messages"][-1]
    assert len(newest["siblings"]) == 2


async def test_leaving_does_not_stop_the_answer(ada: Person):
    async with ada.phone() as phone:
        await phone.send(type="chat", id="a", message="count to 60")
        accepted = await phone.next("accepted")
    async with ada.phone() as later:
        await later.send(type="subscribe", channel=f"conversation:{accepted['conversation_id']}", after=accepted["seq"])
        ended = await later.next("turn_ended")
        assert ended["status"] == "completed"


async def test_an_unsubscribed_channel_is_silent(ada: Person, house: House):
    first = await ada.say("hello")
    channel = f"conversation:{first['conversation_id']}"
    async with ada.phone() as phone:
        await phone.send(type="subscribe", channel=channel)
        await phone.next("subscribed")
        await phone.send(type="unsubscribe", channel=channel)
        await phone.send(type="subscribe", channel=f"user:{ada.id}")
        await phone.until(lambda event: event["type"] == "subscribed" and event["channel"].startswith("user:"))
        await ada.http.patch(f"/api/v1/chat/conversations/{first['conversation_id']}", json={"favorite": True})
        await phone.until(lambda event: event["type"] == "conversation_updated" and event["conversation"]["favorite"])
        await phone.send(type="ping")
        await phone.next("pong")
        favorites = [event for event in phone.events() if event["conversation"]["favorite"]]
        assert len(favorites) == 1


async def test_a_channel_that_is_not_ones_own_does_not_exist(ada: Person, bob: Person, subtests: pytest.Subtests):
    bobs = (await bob.say("a secret"))["conversation_id"]
    foreign = [f"user:{bob.id}", f"conversation:{bobs}", f"conversation:{uuid4()}", f"realm:{ada.id}", "user:",
               "conversation:x", "x", "", f"wake:{ada.id}", f"user:{ada.id}:x", f"user:{ada.id.upper()}"]  # fmt: skip
    for channel in foreign:
        async with ada.phone() as phone:
            with subtests.test(channel=channel):
                await phone.send(type="subscribe", channel=channel)
                error = await phone.next("error")
                assert error["code"] == "channel_missing"
                assert phone.events() == []


async def test_another_users_conversation_takes_no_message(ada: Person, bob: Person):
    bobs = await bob.say("a secret")
    async with ada.phone() as phone:
        await phone.send(type="chat", id="x", conversation_id=bobs["conversation_id"], message="let me in")
        await phone.send(type="regenerate", id="y", conversation_id=bobs["conversation_id"],
                         message_id=bobs["messages"][0]["id"])  # fmt: skip
        for id in ("x", "y"):
            error = await phone.until(lambda event, id=id: event["type"] == "error" and event["id"] == id)
            assert error["code"].endswith("_missing")
    assert len((await bob.open(bobs["conversation_id"]))["messages"]) == 2


async def test_a_ticket_opens_one_socket_once(ada: Person):
    url = f"{ada.socket_url}?ticket={await ada.ticket()}"
    async with connect(url):
        pass
    async with connect(url) as again:
        await again.wait_closed()
        assert again.close_code == 4401


async def test_a_wrong_ticket_opens_nothing(ada: Person, subtests: pytest.Subtests):
    for query in ("", "?ticket=", "?ticket=wrong", "?ticket=" + "x" * 3000, "?ticket=%00%ff"):
        with subtests.test(query=query[:20]):
            async with connect(ada.socket_url + query) as socket:
                await socket.wait_closed()
                assert socket.close_code == 4401


NONSENSE: list[tuple[str | bytes, str, str | None]] = [
    ("{", "malformed_json", None),
    ("", "malformed_json", None),
    ("[]", "invalid", None),
    ("null", "invalid", None),
    ('"chat"', "invalid", None),
    ("{}", "invalid", None),
    ('{"type":"dance"}', "invalid", None),
    ('{"type":"chat","id":"a"}', "invalid", "a"),
    ('{"type":"chat","id":"a","message":"x","surprise":1}', "invalid", "a"),
    ('{"type":"chat","id":"a","message":""}', "invalid", "a"),
    ('{"type":"chat","id":"a","message":"  \\n"}', "invalid", "a"),
    ('{"type":"chat","id":"a","message":"a\\u0000b"}', "invalid", "a"),
    ('{"type":"chat","id":"a","message":"\\ud800"}', "malformed_json", None),
    ('{"type":"chat","id":"","message":"x"}', "invalid", ""),
    ('{"type":"chat","id":["a"],"message":"x"}', "invalid", None),
    ('{"type":"chat","id":"a","message":"x","conversation_id":"x"}', "invalid", "a"),
    ('{"type":"chat","id":"a","message":"x","model":"no-such-model"}', "model_missing", "a"),
    ('{"type":"subscribe","channel":"user:x","after":"yesterday"}', "invalid", None),
    (b"\xff\xfe", "malformed_json", None),
    ("[" * 100_000, "malformed_json", None),
]


async def test_what_cannot_be_understood_is_told_and_the_socket_lives(ada: Person, subtests: pytest.Subtests):
    async with ada.phone() as phone:
        for raw, code, id in NONSENSE:
            with subtests.test(raw=raw[:80]):
                phone.heard.clear()
                await phone.socket.send(raw)
                error = await phone.next("error")
                assert (error["code"], error["id"]) == (code, id)
                assert "Traceback" not in orjson.dumps(error).decode()
        await phone.send(type="ping")
        await phone.next("pong")


async def test_text_that_is_no_utf8_closes_with_1007(ada: Person):
    async with ada.phone() as phone:
        await phone.socket.send(b"\xff\xfe", text=True)
        assert await phone.code() == 1007


async def test_a_message_of_a_megabyte_is_refused_and_nothing_else_is_lost(ada: Person):
    async with ada.phone() as phone:
        await phone.send(type="chat", id="before", message="count to 3")
        await phone.send(type="chat", id="large", message="x" * 1_000_000)
        await phone.send(type="chat", id="long", message="x" * 300_000)
        await phone.send(type="chat", id="after", message="count to 4")
        for id in ("before", "after"):
            await phone.until(lambda event, id=id: event["type"] == "accepted" and event["id"] == id)
        await phone.until(lambda event: event["type"] == "error" and event["id"] == "long")
        errors = [(event["code"], event["id"]) for event in phone.heard if event["type"] == "error"]
        assert errors == [("too_large", None), ("too_large", "long")]


async def test_a_thousand_messages_at_once_are_each_answered(ada: Person):
    async with ada.phone() as phone:
        for n in range(1000):
            await phone.send(type="chat", id=f"m{n}", message="hi", conversation_id=None)
        await phone.send(type="ping")
        answered: set[str] = set()

        def all_answered(event: Event) -> bool:
            if event["type"] in ("accepted", "error") and event["id"]:
                answered.add(event["id"])
            return len(answered) == 1000

        await phone.until(all_answered)
        refused = [event for event in phone.heard if event["type"] == "error"]
        accepted = [event for event in phone.heard if event["type"] == "accepted"]
        assert {event["code"] for event in refused} == {"rate_limited"}
        assert all(event["retry_after"] > 0 for event in refused)
        assert len(accepted) >= 50
    listed = (await ada.http.get("/api/v1/chat/conversations?limit=200")).json()["conversations"]
    assert {event["conversation_id"] for event in accepted} == {conversation["id"] for conversation in listed}


async def test_a_flood_that_goes_on_is_hung_up_on(ada: Person):
    async with ada.phone() as phone:

        async def flood() -> None:
            while True:
                await phone.send(type="ping")

        flooding = asyncio.create_task(flood())
        assert await phone.code() == 4429
        flooding.cancel()
        await asyncio.gather(flooding, return_exceptions=True)


async def test_who_says_nothing_is_let_go(ada: Person, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sockets, "SILENCE_SECONDS", 0.1)
    async with ada.phone() as phone:
        assert await phone.code() == 4409


async def test_a_client_that_does_not_read_is_cut_off_and_others_hear_on(
    ada: Person, house: House, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sockets, "WRITE_SECONDS", 0.5)
    monkeypatch.setattr(sockets, "CLOSE_SECONDS", 0.5)
    first = await ada.say("hello")
    channel = f"conversation:{first['conversation_id']}"
    log = house.services.log
    async with ada.phone(queue=1) as slow, ada.phone() as quick:
        for phone in (slow, quick):
            await phone.send(type="subscribe", channel=channel)
            await phone.next("subscribed")
        slow.socket.transport.pause_reading()
        seq = ""
        for _ in range(300):
            big = b'{"type":"token","content":"%b"}' % b64encode(os.urandom(100_000))
            seq = await log._appender.append(channel, [big])  # pyright: ignore[reportPrivateUsage]
        await quick.until(lambda event: event.get("seq") == seq)
        # The conversation may be given its title meanwhile, which is an event of its own.
        assert len([event for event in quick.events() if event["type"] == "token"]) == 300
        await eventually(lambda: len(house.live.tail._channels[channel]) == 1)  # pyright: ignore[reportPrivateUsage]


async def test_a_closed_socket_leaves_nothing_behind(ada: Person, house: House):
    first = await ada.say("hello")
    async with ada.phone() as phone:
        await phone.send(type="subscribe", channel=conversation_channel(first["conversation_id"]))
        await phone.next("subscribed")
        assert house.live.tail.channels == 1
    await eventually(lambda: house.live.tail.channels == 0)


async def test_a_server_that_ends_sends_its_clients_elsewhere_in_the_middle_of_an_answer(ada: Person, house: House):
    async with ada.phone() as phone:
        await phone.send(type="chat", id="leaving", message="count to 100 at 50 tokens per second")
        turn = (await phone.next("accepted"))["turn_id"]
        await phone.next("token")

        house.live.leaving.set()

        assert await phone.code() == 1001
    seen = phone.events(turn)
    house.live.leaving.clear()
    async with ada.phone() as again:
        await again.send(type="subscribe", channel=f"conversation:{seen[0]['conversation_id']}", after=seen[-1]["seq"])
        await again.next("turn_ended")
    assert phone.text(turn) + again.text(turn) == " ".join(str(number) for number in range(1, 101))
