"""The village's doors to agreement and to the health of what is remembered."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest

from actors.kinds import KINDS
from cluster.ids import UserId
from cluster.models.catalogue import Models
from cluster.runtime.loop import LoopRuntime
from cluster.services import Clients, Services
from tests.serve.visitors import Visitor
from tests.village.dwelling import realm_ref
from village.knowledge.item import Draft
from village.realm import Realm
from village.realms.store import home_village
from village.who import Who

VILLAGE = "/api/v1/village"
SAID = {
    "AZOTH": "The kiln must be cooled slowly, or the glaze cracks.",
    "VAJRA": "Cool the kiln slowly or the glaze will crack.",
    "KETHER": "If the kiln is not cooled slowly, its glaze cracks.",
}


@pytest.fixture
async def services(clients: Clients) -> AsyncIterator[Services]:
    """Open services with real realms."""
    async with LoopRuntime.open(clients, KINDS) as runtime:
        yield Services(**vars(clients), runtime=runtime, models=Models(clients.settings, runtime))


async def agree(services: Services, ada: Visitor) -> None:
    """Let agents of hers say the same."""
    user = UserId(UUID(ada.tokens["user"]["id"]))
    village = realm_ref(services, home_village(user))
    for agent, text in SAID.items():
        await village.ask(Realm.add, Who(user, agent), Draft(content=text))


async def noticed(ada: Visitor) -> dict[str, Any]:
    """The agreement, once all three are in it."""
    async with asyncio.timeout(60):
        while True:
            found = (await ada.http.get(f"{VILLAGE}/convergence")).json()["convergences"]
            if found and len(found[0]["statements"]) == len(SAID):
                return found[0]
            await asyncio.sleep(0.05)


async def test_agreement_is_noticed_and_a_person_says_whether_it_is_one(
    services: Services, ada: Visitor, bob: Visitor
) -> None:
    await agree(services, ada)

    found = await noticed(ada)

    assert (found["kind"], found["status"], found["realm_name"]) == ("CONSENSUS", "open", "My village")
    assert sorted(found["agents"]) == sorted(SAID)
    one = f"{VILLAGE}/convergence/{found['id']}"
    assert (await bob.http.post(one, json={"status": "dismissed"})).status_code == 404
    assert (await ada.http.post(one, json={"status": "confirmed"})).json()["status"] == "confirmed"
    assert (await ada.http.get(f"{VILLAGE}/convergence", params={"status": "open"})).json()["convergences"] == []
    asked = {"realm_id": found["realm_id"], "hours": 1}
    looked_for = (await ada.http.post(f"{VILLAGE}/convergence/find", json=asked)).json()["convergences"]
    assert [(each["id"], each["status"]) for each in looked_for] == [(found["id"], "confirmed")]
    assert (await bob.http.post(f"{VILLAGE}/convergence/find", json=asked)).status_code == 404


async def test_what_stands_there_twice_is_merged_and_taken_back(services: Services, ada: Visitor) -> None:
    text = SAID["AZOTH"]
    first, second = [
        (await ada.http.post(f"{VILLAGE}/knowledge", json={"content": text + end})).json() for end in ("", " Slowly.")
    ]

    merged = (
        await ada.http.post(f"{VILLAGE}/health/consolidate", json={"id1": first["id"], "id2": second["id"]})
    ).json()

    health = (await ada.http.get(f"{VILLAGE}/health")).json()
    assert (health["total"], health["score"]) == (1, 100.0)
    undo = f"{VILLAGE}/health/undo/{merged['undo_id']}"
    assert (await ada.http.post(undo)).status_code == 204
    assert (await ada.http.get(f"{VILLAGE}/health")).json()["total"] == 2
    assert (await ada.http.post(undo)).status_code == 404
