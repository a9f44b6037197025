"""Sessions that share a host's places: whose turn is next, what is refused, and what waits."""

import asyncio
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from actors.errors import TooManyTurns
from cluster.errors import Busy
from cluster.ids import UserId
from cluster.models.chat_model import TextDelta
from cluster.services import Clients
from tests.actors.conversing import Person, PlayedModel, Troupe, done, playing


def limited(clients: Clients, **limits: Any) -> Clients:
    return replace(clients, settings=clients.settings.model_copy(update=limits))


async def another_user(clients: Clients) -> UserId:
    user = UserId(uuid4())
    async with clients.db.as_user(user) as conn:
        await conn.execute(
            "insert into users (id, email, password_hash) values ($1, $2, 'no password')", user, f"{user}@example.com"
        )
    return user


def held_back() -> tuple[PlayedModel, asyncio.Event]:
    """A model whose first answer waits for the gate."""
    gate = asyncio.Event()
    return PlayedModel([TextDelta("A"), gate, done("A")]), gate


async def occupied(troupe: Troupe, user: UserId) -> Person:
    """Somebody whose turn runs."""
    person = Person(troupe, user)
    await person.say("the first")
    await person.hear("token")
    return person


async def test_one_turn_of_another_begins_before_the_many_that_a_greedy_user_has_waiting(
    clients: Clients, user: UserId
) -> None:
    model, gate = held_back()
    async with playing(limited(clients, turns_per_host=1), model) as troupe:
        await occupied(troupe, user)
        waiting = [Person(troupe, user) for _ in range(40)]
        await asyncio.gather(*(person.say("one of many") for person in waiting))
        modest = Person(troupe, await another_user(clients))
        await modest.say("mine")

        gate.set()

        await modest.hear("turn_ended")
        await asyncio.gather(*(person.hear("turn_ended") for person in waiting))
        assert "mine" in str(model.requests[1].messages[-1])


async def test_a_host_that_is_full_refuses_a_message_and_keeps_nothing_of_it(clients: Clients, user: UserId) -> None:
    model, gate = held_back()
    async with playing(limited(clients, turns_per_host=1, turns_waiting=1), model) as troupe:
        await occupied(troupe, user)
        waiting = Person(troupe, user)
        await waiting.say("it waits")

        with pytest.raises(Busy) as refused:
            await Person(troupe, user).say("one too many")

        assert refused.value.retry_after >= 1
        assert await waiting.value("select count(*) from conversations") == 2
        gate.set()
        await waiting.hear("turn_ended")


async def test_a_command_that_is_durable_is_answered_again_by_a_host_that_is_full(
    clients: Clients, user: UserId
) -> None:
    model, gate = held_back()
    async with playing(limited(clients, turns_per_host=1, turns_waiting=1), model) as troupe:
        await occupied(troupe, user)
        waiting = Person(troupe, user)
        first = await waiting.say("it waits", idempotency_key="same")

        again = await waiting.say("it waits", idempotency_key="same")

        assert again == first
        gate.set()
        await waiting.hear("turn_ended")


async def test_a_user_has_an_end_over_all_conversations(clients: Clients, user: UserId) -> None:
    model, gate = held_back()
    async with playing(limited(clients, turns_per_user=2), model) as troupe:
        person = await occupied(troupe, user)
        await person.say("the second")

        with pytest.raises(TooManyTurns):
            await Person(troupe, user).say("the third, elsewhere")

        await Person(troupe, await another_user(clients)).converse("somebody else")
        gate.set()
        await person.hear("turn_ended", count=2)


async def test_a_turn_that_waits_for_a_place_is_stopped_at_once(clients: Clients, user: UserId) -> None:
    model, gate = held_back()
    async with playing(limited(clients, turns_per_host=1), model) as troupe:
        first = await occupied(troupe, user)
        waiting = Person(troupe, user)
        posted = await waiting.say("never mind")

        await waiting.stop(posted.turn_id)

        events = await waiting.hear("turn_ended")
        assert next(event for event in events if event["type"] == "turn_ended")["status"] == "stopped"
        gate.set()
        await first.hear("turn_ended")
        assert len(model.requests) == 1


async def test_stopping_a_later_turn_lets_an_earlier_one_not_past_the_line(clients: Clients, user: UserId) -> None:
    model, gate = held_back()
    async with playing(limited(clients, turns_per_host=1), model) as troupe:
        first = await occupied(troupe, user)
        waiting = Person(troupe, user)
        await waiting.say("it waits")
        later = await waiting.say("never mind")

        await waiting.stop(later.turn_id)

        await waiting.say("and one more")
        assert len(model.requests) == 1
        gate.set()
        await asyncio.gather(first.hear("turn_ended"), waiting.hear("turn_ended", count=3))
        assert len(model.requests) == 3
