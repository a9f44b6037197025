"""A model is given the tools of the preset, finds others, keeps them, and is given the same after a crash."""

import asyncio
from typing import Any

import pytest

from actors.equipment import offered
from actors.session.offer import MOST_FOUND, Offer
from actors.stores.messages import ToolResult
from actors.toolset import TRUSTED_TOOLS
from cluster.ids import UserId
from cluster.models.chat_model import ModelRequest
from cluster.services import Clients
from sandbox.presets import names_of
from tests.actors.conversing import Person, PlayedModel, asks, playing, says, until

SEARCH = ("tool_search", {"query": "count the words of a text", "limit": 1})


def names(request: ModelRequest) -> list[str]:
    """The tools of a request, in their order."""
    return [tool.name for tool in request.tools]


async def asked(model: PlayedModel, times: int) -> bool:
    """Whether the model was asked so often."""
    return len(model.requests) >= times


async def prefer(clients: Clients, user: UserId, preset: str) -> None:
    async with clients.db.as_user(user) as conn:
        await conn.execute("update users set settings = settings || $1", {"tool_preset": preset})


@pytest.mark.parametrize("preset", ["minimal", "standard", "full"])
async def test_the_model_gets_the_tools_of_the_preset(clients: Clients, user: UserId, preset: Any) -> None:
    await prefer(clients, user, preset)
    model = PlayedModel(says("Hello"))
    async with playing(clients, model) as troupe:
        await Person(troupe, user).converse("Hi")

        assert names(model.requests[0]) == names_of(preset, offered(clients.settings))


async def test_a_tool_that_was_found_can_be_called_and_comes_last(clients: Clients, user: UserId) -> None:
    await prefer(clients, user, "minimal")
    model = PlayedModel(asks(SEARCH), asks(("count_words", {"text": "a b c"})), says("Three."), says("Yes."))
    async with playing(clients, model) as troupe:
        person = Person(troupe, user)

        await person.converse("How many words has 'a b c'?")
        await person.converse("Sure?")

        assert [names(request) for request in model.requests] == [
            ["tool_search"],
            ["tool_search", "count_words"],
            ["tool_search", "count_words"],
            ["tool_search", "count_words"],
        ]
        assert '"words":3' in model.requests[2].messages[-1].content[0]["content"]


async def test_no_tool_names_one_that_the_person_has_switched_off(clients: Clients, user: UserId) -> None:
    async with clients.db.as_user(user) as conn:
        await conn.execute("update users set settings = settings || $1", {"tool_rules": {"count_words": "never"}})
    nothing = ("tool_search", {"query": "xyzzy"})
    model = PlayedModel(asks(SEARCH, nothing, ("fly", {})), says("None."))
    async with playing(clients, model) as troupe:
        person = Person(troupe, user)
        await person.converse("How many words has 'a b c'?")

        said = [result["content"] for message in await person.branch() for result in message.tool_results]
    assert len(said) == 3
    assert all("_" in each for each in said), "each names some tools"
    assert not any("count_words" in each for each in said)


async def test_a_turn_that_is_taken_up_offers_the_same(clients: Clients, user: UserId) -> None:
    await prefer(clients, user, "minimal")
    gate = asyncio.Event()
    model = PlayedModel(asks(SEARCH), [gate], says("Three."))
    async with playing(clients, model) as troupe:
        person = Person(troupe, user)
        posted = await person.say("How many words?")
        await person.hear("step_started", turn=posted.turn_id, count=2)
        await until(lambda: asked(model, 2))
        await prefer(clients, user, "full")

        await troupe.crash()
        await person.hear("turn_ended", turn=posted.turn_id)

        assert names(model.requests[1]) == names(model.requests[2]) == ["tool_search", "count_words"]


async def test_another_branch_knows_nothing_of_what_was_found(clients: Clients, user: UserId) -> None:
    await prefer(clients, user, "minimal")
    model = PlayedModel(asks(SEARCH), says("Found."), says("Anew."))
    async with playing(clients, model) as troupe:
        person = Person(troupe, user)
        posted, _ = await person.converse("Find it")
        assert posted.message_id is not None

        again = await person.regenerate(posted.message_id)
        await person.hear("turn_ended", turn=again.turn_id)

        assert names(model.requests[-1]) == ["tool_search"]


async def test_a_person_who_wants_no_tools_gets_none(clients: Clients, user: UserId) -> None:
    model = PlayedModel(says("Hello"))
    async with playing(clients, model) as troupe:
        await Person(troupe, user).converse("Hi", tools=False)

        assert names(model.requests[0]) == []


async def test_the_session_tells_the_truth_about_itself(clients: Clients, user: UserId) -> None:
    await prefer(clients, user, "research")
    model = PlayedModel(
        says("Hello"), asks(("session_info", {}), ("memory_store", {"key": "k", "value": 1})), says("So.")
    )
    async with playing(clients, model) as troupe:
        person = Person(troupe, user)
        await person.converse("Hi")
        await prefer(clients, user, "full")
        await person.converse("Where are we?")

        said = {result["content"] for message in await person.branch() for result in message.tool_results}
        told = next(text for text in said if "agent_id" in text)
        assert f'"agent_id":"session/{person.conversation}"' in told
        assert '"model":"played","preset":"full","conversation_length":4,"tokens_used":260' in told


def searched(*found: str, is_error: bool = False, content: str | None = None) -> tuple[list[Any], list[ToolResult]]:
    """A step that searched for tools."""
    told = content or '{"found":[' + ",".join(f'{{"name":"{name}"}}' for name in found) + "]}"
    call: dict[str, Any] = {"type": "tool_use", "id": "c", "name": "tool_search", "input": {}}
    return [call], [ToolResult(id="c", content=told, is_error=is_error, seconds=0.1)]


def test_a_tool_that_is_gone_is_not_offered() -> None:
    offer = Offer(tools=TRUSTED_TOOLS, preset="minimal").after_step(*searched("gone", "calculator"))
    assert [schema.name for schema in offer.schemas()] == ["tool_search", "calculator"]


def test_only_a_search_that_went_well_finds_something() -> None:
    offer = Offer(tools=TRUSTED_TOOLS, preset="minimal")
    for step in (searched("calculator", is_error=True), searched(content='{"found":[{"na'), searched(content="[1]")):
        assert offer.after_step(*step).found == ()
    blocks, results = searched("calculator")
    assert offer.after_step([{**blocks[0], "name": "memory_search"}], results).found == ()


def test_what_is_found_is_bounded() -> None:
    offer = Offer(tools=TRUSTED_TOOLS, preset="minimal").after_step(
        *searched(*(f"t{number}" for number in range(MOST_FOUND + 5)))
    )
    assert len(offer.found) == MOST_FOUND
    assert offer.found[-1] == f"t{MOST_FOUND + 4}"
