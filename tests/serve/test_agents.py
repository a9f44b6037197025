"""Agents over HTTP: made, looked at, stopped, done again; and what is refused says why."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from actors.kinds import KINDS
from cluster.models.catalogue import Models
from cluster.runtime.loop import LoopRuntime
from cluster.services import Clients, Services
from cluster.settings import Settings
from tests.serve.visitors import Visitor, assert_problem

AGENTS = "/api/v1/agents"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """With a model that answers from a script."""
    return settings.model_copy(update={"scripted_model": True})


@pytest.fixture
async def services(clients: Clients) -> AsyncIterator[Services]:
    """Open services with real agents."""
    async with LoopRuntime.open(clients, KINDS) as runtime:
        yield Services(**vars(clients), runtime=runtime, models=Models(clients.settings, runtime))


async def spawn(visitor: Visitor, task: str, **more: Any) -> str:
    """The id of an agent that was made."""
    answer = await visitor.http.post(f"{AGENTS}/spawn", json={"task": task, "model": "scripted", **more})
    assert answer.status_code == 202, answer.text
    return answer.json()["id"]


async def result(visitor: Visitor, agent: str) -> dict[str, Any]:
    """What came of an agent, once it has ended."""
    answer = await visitor.http.get(f"{AGENTS}/{agent}/result", params={"wait": 30})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_an_agent_is_made_and_its_result_is_there_once_it_has_ended(ada: Visitor):
    agent = await spawn(ada, "hello there")
    told = await result(ada, agent)
    assert told["status"] == "completed"
    assert "hello there" in told["result"]
    view = (await ada.http.get(f"{AGENTS}/{agent}")).json()
    assert view["agent"]["steps"] == 1
    assert view["budget"]["tokens_spent"] == told["tokens"] > 0
    steps = (await ada.http.get(f"/api/v1/chat/conversations/{agent}")).json()
    assert [message["role"] for message in steps["messages"]] == ["user", "assistant"]
    listed = (await ada.http.get(AGENTS)).json()["agents"]
    assert [one["id"] for one in listed] == [agent]
    assert (await ada.http.get("/api/v1/chat/conversations")).json()["conversations"] == []


async def test_the_same_key_makes_one_agent(ada: Visitor):
    ids = [
        (
            await ada.http.post(
                f"{AGENTS}/spawn", json={"task": "once", "model": "scripted"}, headers={"Idempotency-Key": "k"}
            )
        ).json()["id"]
        for _ in range(2)
    ]
    assert ids[0] == ids[1]


async def test_one_that_works_is_cancelled_paused_and_resumed(ada: Visitor):
    agent = await spawn(ada, "count to 500 at 5 tokens per second")
    assert_problem(await ada.http.get(f"{AGENTS}/{agent}/result"), 409)
    assert_problem(await ada.http.post(f"{AGENTS}/{agent}/retry"), 409)
    assert (await ada.http.post(f"{AGENTS}/{agent}/pause")).json()["paused"] is True
    assert (await ada.http.post(f"{AGENTS}/{agent}/resume")).json()["paused"] is False
    await ada.http.post(f"{AGENTS}/{agent}/cancel")
    assert (await result(ada, agent))["status"] == "cancelled"
    assert_problem(await ada.http.post(f"{AGENTS}/{agent}/cancel"), 409)


async def test_what_has_ended_is_done_again_once(ada: Visitor):
    agent = await spawn(ada, "fail refused")
    assert (await result(ada, agent))["error"]["code"] == "refused"
    again = [(await ada.http.post(f"{AGENTS}/{agent}/retry")).json() for _ in range(2)]
    assert again[0]["id"] == again[1]["id"] != agent
    assert (again[0]["retries"], again[0]["attempt"]) == (agent, 2)


async def test_a_type_of_one_s_own_says_how_its_agents_work(ada: Visitor):
    facts = {"persona": "You are a pirate.", "tools": "minimal", "budget": {"usd": 0.5}}
    made = await ada.http.put(f"{AGENTS}/types/pirate", json=facts)
    assert made.json()["budget"] == {"usd": 0.5}
    agent = await spawn(ada, "sing", agent_type="pirate")
    assert (await ada.http.get(f"{AGENTS}/{agent}")).json()["budget"]["usd"] == 0.5
    names = [kind["name"] for kind in (await ada.http.get(f"{AGENTS}/types")).json()["types"]]
    assert names == ["general", "researcher", "coder", "analyst", "writer", "pirate"]
    assert (await ada.http.delete(f"{AGENTS}/types/pirate")).status_code == 204
    assert_problem(await ada.http.put(f"{AGENTS}/types/coder", json=facts), 409)


@pytest.mark.parametrize(
    ("command", "status", "says"),
    [
        ({"task": ""}, 422, "task"),
        ({"task": "x", "agent_type": "wizard"}, 404, "type of agent"),
        ({"task": "x", "model": "no such"}, 422, ""),
        ({"task": "x", "tools": "hammers"}, 422, "hammers"),
        ({"task": "x", "agent": "NOBODY"}, 422, "NOBODY"),
        ({"task": "x", "answer_schema": {"type": "array"}}, 422, "object"),
        ({"task": "x", "budget": {"usd": -1}}, 422, "usd"),
        ({"task": "x", "speed": 3}, 422, "speed"),
    ],
)
async def test_what_makes_no_sense_is_refused_and_makes_nothing(
    ada: Visitor, command: dict[str, Any], status: int, says: str
):
    answer = await ada.http.post(f"{AGENTS}/spawn", json=command)
    assert_problem(answer, status)
    assert says in answer.text
    assert (await ada.http.get(AGENTS)).json()["agents"] == []


async def test_an_agent_without_money_for_a_step_says_so(ada: Visitor):
    agent = await spawn(ada, "hello", budget={"tokens": 300})
    told = await result(ada, agent)
    assert (told["status"], told["error"]["code"], told["tokens"]) == ("failed", "budget_spent", 0)


async def test_many_are_made_at_once_and_all_end(ada: Visitor):
    ids = await asyncio.gather(*(spawn(ada, f"number {n}") for n in range(20)))
    assert {(await result(ada, id))["status"] for id in ids} == {"completed"}
