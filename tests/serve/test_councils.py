"""Councils over HTTP: convened once, watched without seeing too much, shared by a link, nobody else's."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, fields
from typing import Any
from uuid import uuid4

import httpx
import pytest

from actors.councils.events import CouncilUpdated
from actors.kinds import KINDS
from cluster.services import Clients, Services
from serve import councils_wire, socket_wire
from tests.actors.conversing import CARD, PlayedRuntime, Troupe, until
from tests.actors.councils.playing import Answer, Call, Members, votes
from tests.serve.visitors import Visitor, assert_problem, opened, visit

COUNCILS = "/api/v1/councils"
ANN_AND_BOB = [{"name": name, "persona": f"I am {name}."} for name in ("Ann", "Bob")]
ASKED: dict[str, Any] = {"question": "What shall we drink?", "options": ["tea", "coffee"], "members": ANN_AND_BOB}


@dataclass
class Stage:
    """What the members say, and when."""

    gate: asyncio.Event
    slow: str = "nobody"

    def play(self, call: Call) -> Answer | list[Answer]:
        """Ann is for tea, everybody else for coffee."""
        said = votes("tea" if call.member == "Ann" else "coffee", reasoning="A SECRET REASON")
        return [self.gate, said] if call.member == self.slow else said


@pytest.fixture
def stage() -> Stage:
    """Nobody is slow."""
    return Stage(asyncio.Event())


@pytest.fixture
async def services(clients: Clients, stage: Stage) -> AsyncIterator[Services]:
    """Open services with councils whose members are played."""
    async with PlayedRuntime.open(clients, KINDS, hosts=0) as runtime:
        runtime.player, runtime.card = Members(stage.play), CARD
        await Troupe(clients, runtime).add_host()
        yield Services(**vars(clients), runtime=runtime, models=runtime.models())


async def convened(visitor: Visitor, **more: Any) -> str:
    answer = await visitor.http.post(COUNCILS, json=ASKED | more)
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


async def seen(visitor: Visitor, id: str) -> dict[str, Any]:
    answer = await visitor.http.get(f"{COUNCILS}/{id}")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def when(visitor: Visitor, id: str, *statuses: str) -> dict[str, Any]:
    async def so() -> bool:
        return (await seen(visitor, id))["status"] in statuses

    await until(so)
    return await seen(visitor, id)


async def test_a_council_is_convened_held_and_shown(ada: Visitor):
    id = await convened(ada)
    council = await when(ada, id, "completed")

    assert (council["reason"], council["round"]) == ("stability", 2)
    assert [member["name"] for member in council["members"]] == ["Ann", "Bob"]
    assert council["rounds"][0]["agreement"] == 0.5
    assert {answer["vote"] for answer in council["answers"]} == {"tea", "coffee"}
    outcome = council["outcome"]
    assert (outcome["winner"], outcome["baseline"], len(outcome["minority"])) == (None, None, 2)
    assert outcome["baseline_cost_usd"] + outcome["debate_cost_usd"] == pytest.approx(council["cost_usd"])
    assert sum(member["cost_usd"] for member in council["members"]) == pytest.approx(council["cost_usd"])
    (listed,) = (await ada.http.get(COUNCILS, params={"status": "completed"})).json()["councils"]
    assert (listed["id"], listed["cost_usd"]) == (id, council["cost_usd"])


async def test_what_an_open_round_holds_is_hidden_until_all_have_committed(ada: Visitor, stage: Stage):
    stage.slow = "Bob"
    id = await convened(ada, max_rounds=1)

    async def one_has_committed() -> bool:
        return any(answer["status"] == "answered" for answer in (await seen(ada, id))["answers"])

    await until(one_has_committed)
    council = await seen(ada, id)
    exported = (await ada.http.get(f"{COUNCILS}/{id}/export.md")).text
    assert all(answer["hidden"] and answer["vote"] is None for answer in council["answers"])
    assert (council["rounds"][0]["tallies"], council["rounds"][0]["agreement"]) == ([], None)
    assert "A SECRET REASON" not in str(council) + exported

    stage.gate.set()
    council = await when(ada, id, "completed")
    assert [answer["vote"] for answer in council["answers"]] == ["tea", "coffee"]
    assert "A SECRET REASON" in (await ada.http.get(f"{COUNCILS}/{id}/export.md")).text


async def test_sent_twice_it_is_one_council(ada: Visitor, bob: Visitor):
    key = {"Idempotency-Key": "the key"}
    twice = [await ada.http.post(COUNCILS, json=ASKED, headers=key) for _ in range(2)]
    his = await bob.http.post(COUNCILS, json=ASKED, headers=key)
    assert twice[0].json()["id"] == twice[1].json()["id"] != his.json()["id"]
    other = await ada.http.post(COUNCILS, json=ASKED | {"question": "Another?"}, headers=key)
    assert_problem(other, 409, "council-key-reused")


async def test_a_person_pauses_butts_in_seats_dismisses_and_cancels(ada: Visitor):
    id = await convened(ada, start=False)
    assert (await seen(ada, id))["status"] == "pending"
    for text in ("one", "two"):
        said = await ada.http.post(
            f"{COUNCILS}/{id}/remarks", json={"content": text}, headers={"Idempotency-Key": text}
        )
    assert [remark["content"] for remark in said.json()["remarks"]] == ["one", "two"]
    again = await ada.http.post(f"{COUNCILS}/{id}/remarks", json={"content": "one"}, headers={"Idempotency-Key": "one"})
    assert len(again.json()["remarks"]) == 2

    sent: dict[str, Any] = {"json": {"agent": "azoth"}, "headers": {"Idempotency-Key": "seat"}}
    seated, again = [await ada.http.post(f"{COUNCILS}/{id}/members", **sent) for _ in range(2)]
    assert seated.json() == again.json()
    assert (seated.status_code, seated.json()["members"][-1]["name"]) == (201, "Azoth")
    left = await ada.http.delete(f"{COUNCILS}/{id}/members/3")
    assert left.json()["members"][-1]["left_round"] == 1
    assert_problem(await ada.http.delete(f"{COUNCILS}/{id}/members/9"), 404, "member-missing")

    await ada.http.post(f"{COUNCILS}/{id}/round")

    async def held() -> bool:
        rounds = (await seen(ada, id))["rounds"]
        return bool(rounds) and not rounds[0]["open"]

    await until(held)
    council = await seen(ada, id)
    assert (council["round"], council["paused"], council["remarks"][0]["round"]) == (1, True, 1)
    await ada.http.post(f"{COUNCILS}/{id}/cancel")
    council = await when(ada, id, "cancelled")
    assert council["reason"] == "stopped"
    assert_problem(await ada.http.post(f"{COUNCILS}/{id}/resume"), 409, "council-ended")


async def test_a_link_shows_it_to_anybody_until_it_is_withdrawn(
    ada: Visitor, http: httpx.AsyncClient, services: Services
):
    id = await convened(ada)
    await when(ada, id, "completed")
    shared = await ada.http.post(f"{COUNCILS}/{id}/share", json={"days": 1})
    token = shared.json()["token"]
    assert shared.status_code == 201

    shown = await http.get(f"/api/v1/shared/councils/{token}")
    assert shown.json()["council"]["id"] == id
    assert "I am Ann." not in shown.text
    assert_problem(await http.get(f"{COUNCILS}/{id}"), 401)
    assert_problem(await http.get(f"/api/v1/shared/councils/{token}x"), 404)
    async with services.db.as_system() as conn:
        hashes = await conn.fetch("select token_hash from council_shares")
    assert token.encode() not in [row["token_hash"] for row in hashes]

    assert (await ada.http.delete(f"{COUNCILS}/{id}/share")).status_code == 204
    assert_problem(await http.get(f"/api/v1/shared/councils/{token}"), 404)


async def test_who_guesses_links_is_slowed_down(services: Services):
    async with opened(services) as door, visit(door, address="203.0.113.9") as guesser:
        answers = [await guesser.get(f"/api/v1/shared/councils/{uuid4()}") for _ in range(61)]
    assert {answer.status_code for answer in answers[:60]} == {404}
    assert_problem(answers[60], 429)


async def test_a_question_is_put_to_several_once(ada: Visitor):
    asked = {"question": "Tea or coffee?", "options": ["tea", "coffee"], "members": [*ANN_AND_BOB, ANN_AND_BOB[1]]}
    answer = (await ada.http.post("/api/v1/agents/council", json=asked)).json()

    assert (answer["winner"], answer["consensus"], answer["votes"]) == ("coffee", True, {"coffee": 2, "tea": 1})
    assert answer["reasoning"]["Ann"] == "A SECRET REASON"
    assert answer["cost_usd"] > 0


async def test_councils_come_by_the_page(ada: Visitor):
    ids = [await convened(ada, start=False, question=str(n)) for n in range(3)]
    first = (await ada.http.get(COUNCILS, params={"limit": 2})).json()
    rest = (await ada.http.get(COUNCILS, params={"limit": 2, "cursor": first["next_cursor"]})).json()
    assert [one["id"] for one in first["councils"] + rest["councils"]] == ids[::-1]
    assert rest["next_cursor"] is None


@pytest.mark.parametrize(
    "wrong", [{"options": ["tea", "tea"]}, {"members": []}, {"model": "none-of-ours"}, {"max_rounds": 21}, {"x": 1}]
)
async def test_what_is_no_council_is_a_problem_of_the_request(ada: Visitor, wrong: dict[str, Any]):
    assert_problem(await ada.http.post(COUNCILS, json=ASKED | wrong), 422)
    assert (await ada.http.get(COUNCILS)).json()["councils"] == []


def test_the_event_has_the_fields_of_its_wire_shape():
    assert {field.name for field in fields(CouncilUpdated)} | {"seq"} == set(socket_wire.CouncilUpdate.model_fields)
    assert {"outcome", "answers"} <= set(councils_wire.Council.model_fields)
