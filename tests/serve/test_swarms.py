"""Swarms over HTTP: made, looked at, added to, stopped, tried again; and their results, as they come or as a file."""

from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest

from actors.kinds import KINDS
from cluster.events.names import swarm_channel
from cluster.models.catalogue import Models
from cluster.runtime.loop import LoopRuntime
from cluster.services import Clients, Services
from cluster.settings import Settings
from tests.serve.visitors import Visitor, assert_problem

SWARMS = "/api/v1/swarms"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """With a model that answers from a script."""
    return settings.model_copy(update={"scripted_model": True})


@pytest.fixture
async def services(clients: Clients) -> AsyncIterator[Services]:
    """Open services with real swarms."""
    async with LoopRuntime.open(clients, KINDS) as runtime:
        yield Services(**vars(clients), runtime=runtime, models=Models(clients.settings, runtime))


async def make(visitor: Visitor, inputs: list[Any], *, key: str | None = None, **more: Any) -> dict[str, Any]:
    """A swarm that was made."""
    command = {"task": "{input}", "inputs": inputs, "model": "scripted", "tools": "none", **more}
    headers = {} if key is None else {"Idempotency-Key": key}
    answer = await visitor.http.post(SWARMS, json=command, headers=headers)
    assert answer.status_code == 202, answer.text
    return answer.json()


async def events_of(visitor: Visitor, swarm: str, *, after: str | None = None) -> tuple[list[dict[str, Any]], bytes]:
    """The results of a swarm as they come, to its end; and the bytes of that."""
    headers = {} if after is None else {"Last-Event-ID": after}
    answer = await visitor.http.get(f"{SWARMS}/{swarm}/results", headers=headers, timeout=30)
    assert answer.status_code == 200, answer.text
    lines = [line.removeprefix(b"data: ") for line in answer.content.splitlines() if line.startswith(b"data: ")]
    return [orjson.loads(line) for line in lines], answer.content


async def over(visitor: Visitor, swarm: str) -> dict[str, Any]:
    """A swarm, once it has ended."""
    await events_of(visitor, swarm)
    return (await visitor.http.get(f"{SWARMS}/{swarm}")).json()


async def test_a_swarm_is_made_and_its_items_and_results_are_there(ada: Visitor):
    made = await make(ada, ["red", {"colour": "blue"}, None], name="Colours", reduce="Join them.")
    assert (made["name"], made["total"], made["status"] in ("pending", "running")) == ("Colours", 3, True)
    swarm = await over(ada, made["id"])
    assert (swarm["status"], swarm["completed"], swarm["failed"]) == ("completed", 3, 0)
    assert "You said: Join them." in swarm["result"]
    assert "red" in swarm["result"]
    items = (await ada.http.get(f"{SWARMS}/{made['id']}/items")).json()
    assert items["next_after"] is None
    assert [item["input"] for item in items["items"]] == ["red", {"colour": "blue"}, None]
    assert items["items"][0]["result"] == "You said: red"
    assert swarm["budget"]["children"] == 0
    agent = (await ada.http.get(f"/api/v1/agents/{items['items'][0]['agent_id']}")).json()["agent"]
    assert (agent["swarm_id"], agent["place"]) == (made["id"], 0)


async def test_items_come_by_pages_and_by_how_they_stand(ada: Visitor):
    swarm = (await make(ada, ["one", "fail refused", "three", "fail refused"]))["id"]
    await over(ada, swarm)
    first = (await ada.http.get(f"{SWARMS}/{swarm}/items", params={"limit": 2})).json()
    assert ([item["n"] for item in first["items"]], first["next_after"]) == ([0, 1], 2)
    rest = (await ada.http.get(f"{SWARMS}/{swarm}/items", params={"after": 2})).json()
    assert [item["n"] for item in rest["items"]] == [2, 3]
    failed = (await ada.http.get(f"{SWARMS}/{swarm}/items", params={"status": "failed"})).json()["items"]
    assert [(item["n"], item["error"]["code"]) for item in failed] == [(1, "refused"), (3, "refused")]


async def test_results_come_from_the_beginning_to_the_end_of_the_swarm(ada: Visitor):
    swarm = (await make(ada, [f"number {n}" for n in range(10)], parallelism=3))["id"]
    events, _ = await events_of(ada, swarm)
    assert sorted(event["item"]["n"] for event in events[:-1]) == list(range(10))
    assert {event["item"]["status"] for event in events[:-1]} == {"completed"}
    assert (events[-1]["item"], events[-1]["status"], events[-1]["completed"]) == (None, "completed", 10)


async def test_a_stream_that_was_cut_goes_on_byte_for_byte(ada: Visitor):
    swarm = (await make(ada, [f"number {n}" for n in range(6)]))["id"]
    events, whole = await events_of(ada, swarm)
    opening, *rest = whole.split(b"\n\n")
    for place in (0, 2, len(events) - 1):
        _, again = await events_of(ada, swarm, after=events[place]["seq"])
        assert again == b"\n\n".join([opening, *rest[place + 1 :]])


async def test_a_stream_of_what_the_log_forgot_says_so_and_ends(services: Services, ada: Visitor):
    swarm = (await make(ada, ["once"]))["id"]
    await over(ada, swarm)
    await services.redis.delete(f"events:{swarm_channel(swarm)}")
    events, _ = await events_of(ada, swarm)
    assert [event["type"] for event in events] == ["reload"]


async def test_results_are_a_file_of_json_lines_in_order(ada: Visitor):
    swarm = (await make(ada, [f"number {n}" for n in range(5)]))["id"]
    await over(ada, swarm)
    answer = await ada.http.get(f"{SWARMS}/{swarm}/results.jsonl")
    assert answer.headers["content-type"] == "application/jsonl"
    lines = [orjson.loads(line) for line in answer.content.splitlines()]
    assert [(line["n"], line["result"]) for line in lines] == [(n, f"You said: number {n}") for n in range(5)]


async def test_the_same_key_makes_one_swarm_and_no_other(ada: Visitor):
    ids = {(await make(ada, ["once"], key="k"))["id"] for _ in range(2)}
    assert len(ids) == 1
    other = {"task": "other", "inputs": ["once"]}
    assert_problem(await ada.http.post(SWARMS, json=other, headers={"Idempotency-Key": "k"}), 409, "key-reused")
    await over(ada, next(iter(ids)))
    listed = (await ada.http.get(SWARMS)).json()
    assert [swarm["id"] for swarm in listed["swarms"]] == list(ids)


async def test_inputs_are_added_once_until_it_is_closed(ada: Visitor):
    swarm = (await make(ada, [], closed=False))["id"]
    more = {"inputs": ["one", "two"]}
    for _ in range(2):
        answer = await ada.http.post(f"{SWARMS}/{swarm}/items", json=more, headers={"Idempotency-Key": "k"})
        assert answer.json()["total"] == 2
    closed = await ada.http.post(f"{SWARMS}/{swarm}/items", json={"inputs": ["three"], "closed": True})
    assert (closed.json()["total"], closed.json()["closed"]) == (3, True)
    assert (await over(ada, swarm))["completed"] == 3
    assert_problem(await ada.http.post(f"{SWARMS}/{swarm}/items", json=more), 409, "swarm-closed")


async def test_one_that_works_is_paused_resumed_and_cancelled(ada: Visitor):
    swarm = (await make(ada, ["count to 500 at 5 tokens per second"] * 3, parallelism=1))["id"]
    paused = (await ada.http.post(f"{SWARMS}/{swarm}/pause")).json()
    assert (paused["status"], paused["paused"]) == ("paused", True)
    assert (await ada.http.post(f"{SWARMS}/{swarm}/resume")).json()["paused"] is False
    await ada.http.post(f"{SWARMS}/{swarm}/cancel")
    ended = await over(ada, swarm)
    assert (ended["status"], ended["completed"]) == ("cancelled", 0)
    assert (await ada.http.post(f"{SWARMS}/{swarm}/cancel")).json()["status"] == "cancelled"
    assert_problem(await ada.http.post(f"{SWARMS}/{swarm}/pause"), 409, "swarm-over")


async def test_what_failed_is_tried_again(ada: Visitor):
    swarm = (await make(ada, ["fine", "fail refused", "fail refused"]))["id"]
    await over(ada, swarm)
    again = await ada.http.post(f"{SWARMS}/{swarm}/retry", json={"items": [1]})
    assert (again.status_code, again.json()["failed"]) == (202, 1)
    await over(ada, swarm)
    items = (await ada.http.get(f"{SWARMS}/{swarm}/items")).json()["items"]
    assert [item["attempts"] for item in items] == [1, 2, 1]
    assert_problem(await ada.http.post(f"{SWARMS}/{swarm}/retry", json={"items": [0]}), 409, "nothing-to-retry")


async def test_swarms_are_listed_by_pages_newest_first(ada: Visitor, bob: Visitor):
    ids = [(await make(ada, [str(n)]))["id"] for n in range(3)]
    first = (await ada.http.get(SWARMS, params={"limit": 2})).json()
    rest = (await ada.http.get(SWARMS, params={"limit": 2, "cursor": first["next_cursor"]})).json()
    assert [one["id"] for one in first["swarms"] + rest["swarms"]] == ids[::-1]
    assert rest["next_cursor"] is None
    assert (await bob.http.get(SWARMS)).json()["swarms"] == []
    for swarm in ids:
        await over(ada, swarm)


@pytest.mark.parametrize(
    ("more", "status", "says"),
    [
        ({"inputs": []}, 422, "at least one input"),
        ({"task": ""}, 422, "task"),
        ({"agent_type": "wizard"}, 404, "type of agent"),
        ({"model": "no such"}, 422, ""),
        ({"tools": "hammers"}, 422, "hammers"),
        ({"answer_schema": {"type": "array"}}, 422, "object"),
        ({"parallelism": 0}, 422, "parallelism"),
        ({"retries": 9}, 422, "retries"),
        ({"inputs": ["x" * 250_000]}, 422, "200000"),
        ({"inputs": [2**70]}, 422, "input 0"),
        ({"inputs": "red"}, 422, "inputs"),
        ({"speed": 3}, 422, "speed"),
    ],
    ids=str,
)
async def test_what_makes_no_sense_is_refused_and_makes_nothing(
    ada: Visitor, more: dict[str, Any], status: int, says: str
):
    command = {"task": "Do {input}", "inputs": ["this"], **more}
    answer = await ada.http.post(SWARMS, json=command)
    assert_problem(answer, status)
    assert says in answer.text
    assert (await ada.http.get(SWARMS)).json()["swarms"] == []


async def test_what_cannot_be_stored_is_replaced_not_lost(ada: Visitor):
    swarm = (await make(ada, ["a\0b", "fine"]))["id"]
    assert (await over(ada, swarm))["completed"] == 2


async def test_a_budget_too_small_for_a_step_ends_it_honestly(ada: Visitor):
    swarm = (await make(ada, [str(n) for n in range(8)], budget={"tokens": 800}, parallelism=4))["id"]
    ended = await over(ada, swarm)
    assert (ended["status"], ended["error"]["code"], ended["completed"]) == ("failed", "budget_spent", 0)
    items = (await ada.http.get(f"{SWARMS}/{swarm}/items")).json()["items"]
    assert {item["status"] for item in items} == {"cancelled"}
