"""Schedules over HTTP: made, listed, changed, removed; what is wrong with one is said at once."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from actors.kinds import KINDS
from cluster.models.catalogue import Models
from cluster.runtime.loop import LoopRuntime
from cluster.services import Clients, Services
from tests.serve.visitors import Visitor, assert_problem

SCHEDULES = "/api/v1/schedules"
DAILY = {"name": "sheep", "rule": "FREQ=DAILY;BYHOUR=7", "time_zone": "Europe/Berlin"}
SPAWN = {"task": "Count the sheep.", "budget": {"usd": 0.5}}


@pytest.fixture
async def services(clients: Clients) -> AsyncIterator[Services]:
    """Open services with real actors."""
    async with LoopRuntime.open(clients, KINDS) as runtime:
        yield Services(**vars(clients), runtime=runtime, models=Models(clients.settings, runtime))


async def make(ada: Visitor, **fields: object) -> dict[str, Any]:
    answer = await ada.http.post(SCHEDULES, json={**DAILY, "spawn": SPAWN, **fields})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_a_schedule_is_made_listed_changed_and_removed(ada: Visitor):
    made = await make(ada)
    assert (made["rule"], made["time_zone"], made["enabled"]) == ("FREQ=DAILY;BYHOUR=7", "Europe/Berlin", True)
    assert made["next_at"][14:19] == "00:00"
    assert made["work"]["request"]["task"] == "Count the sheep."
    assert (await ada.http.get(SCHEDULES)).json() == {"schedules": [made]}
    off = await ada.http.patch(f"{SCHEDULES}/{made['id']}", json={"enabled": False, "name": "goats"})
    assert (off.json()["next_at"], off.json()["name"], off.json()["rule"]) == (None, "goats", made["rule"])
    on = await ada.http.patch(f"{SCHEDULES}/{made['id']}", json={"enabled": True})
    assert on.json()["next_at"] == made["next_at"]
    assert (await ada.http.delete(f"{SCHEDULES}/{made['id']}")).status_code == 204
    assert_problem(await ada.http.get(f"{SCHEDULES}/{made['id']}"), 404, "schedule-missing")
    assert (await ada.http.get(SCHEDULES)).json() == {"schedules": []}


async def test_sent_twice_it_is_one(ada: Visitor):
    answers = [
        await ada.http.post(SCHEDULES, json={**DAILY, "spawn": SPAWN}, headers={"Idempotency-Key": "one"})
        for _ in range(2)
    ]
    assert answers[0].json() == answers[1].json()
    assert len((await ada.http.get(SCHEDULES)).json()["schedules"]) == 1


async def test_the_secret_of_a_webhook_is_not_told_again(ada: Visitor):
    webhook = {"url": "https://hooks.example/done", "secret": "a secret of sixteen and more"}
    made = await make(ada, spawn={**SPAWN, "webhook": webhook})
    assert made["work"]["request"]["webhook"] == {"url": "https://hooks.example/done"}
    assert "sixteen" not in (await ada.http.get(SCHEDULES)).text


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"rule": "every morning"}, "bad-rule"),
        ({"rule": "FREQ=SECONDLY"}, "bad-rule"),
        ({"rule": "FREQ=DAILY;UNTIL=20200101"}, "bad-rule"),
        ({"rule": "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"}, "bad-rule"),
        ({"time_zone": "Mars/Base"}, "bad-rule"),
        ({"starts_at": "2027-01-01T00:00:00"}, "invalid"),
        ({"starts_at": "9999-01-01T00:00:00Z"}, "invalid"),
        ({"spawn": {**SPAWN, "agent_type": "wizard"}}, "agent-type-missing"),
        ({"spawn": {**SPAWN, "model": "wizard"}}, "model-missing"),
        ({"spawn": {"task": ""}}, "invalid"),
    ],
    ids=str,
)
async def test_what_is_wrong_is_said_at_once(ada: Visitor, fields: dict[str, object], code: str):
    answer = await ada.http.post(SCHEDULES, json={**DAILY, "spawn": SPAWN, **fields})
    assert answer.json()["type"] == f"urn:apexaurum:problem:{code}", answer.text
    assert answer.status_code in (404, 422)
    assert (await ada.http.get(SCHEDULES)).json() == {"schedules": []}


async def test_nobody_else_sees_or_changes_it(ada: Visitor, bob: Visitor):
    made = await make(ada)
    assert (await bob.http.get(SCHEDULES)).json() == {"schedules": []}
    for method in ("GET", "PATCH", "DELETE"):
        answer = await bob.http.request(method, f"{SCHEDULES}/{made['id']}", json={} if method == "PATCH" else None)
        assert_problem(answer, 404, "schedule-missing")
    assert (await ada.http.get(f"{SCHEDULES}/{made['id']}")).json() == made
