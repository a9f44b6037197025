"""A batch of councils at the real door: under its user's ledger, each council once, and again where it stopped."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI

from actors.batch.councils import CouncilWork
from actors.batch.door import Door
from actors.batch.errors import DoorClosed
from actors.batch.files import Results, read_tasks
from actors.batch.running import Progress, run
from actors.kinds import KINDS
from cluster.services import Clients, Services
from tests.actors.conversing import CARD, PlayedRuntime, Troupe
from tests.actors.councils.playing import Members
from tests.actors.councils.questions import SMALL_TALK, play, questions
from tests.serve.visitors import Visitor

SEATS = [{"name": knower.name, "persona": f"I am {knower.name}."} for knower in SMALL_TALK[:3]]
ASKED = questions()[::8]


@pytest.fixture
def members() -> Members:
    """Three who know so and so much."""
    return Members(play(SMALL_TALK))


@pytest.fixture
async def services(clients: Clients, members: Members) -> AsyncIterator[Services]:
    """Open services with councils whose members are played."""
    async with PlayedRuntime.open(clients, KINDS, hosts=0) as runtime:
        runtime.player, runtime.card = members, CARD
        await Troupe(clients, runtime).add_host()
        yield Services(**vars(clients), runtime=runtime, models=runtime.models())


def door_for(app: FastAPI, token: str) -> Door:
    client = httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app), base_url="http://there", headers={"Authorization": f"Bearer {token}"}
    )
    return Door(client)


def written(folder: Path) -> str:
    lines = [{"question": q.text, "options": q.options, "members": SEATS, "answer": q.right} for q in ASKED]
    (folder / "questions.jsonl").write_text("\n".join(json.dumps(line) for line in lines))
    return str(folder / "questions.jsonl")


async def test_a_batch_is_held_once_and_says_what_it_cost(
    door: FastAPI, ada: Visitor, members: Members, tmp_path: Path
):
    results = Results(str(tmp_path / "out"))
    tasks = read_tasks(written(tmp_path), results)
    ours, cut = door_for(door, ada.tokens["access_token"]), asyncio.Event()

    def watch(progress: Progress) -> None:
        if progress.done == 2:
            cut.set()

    submitted = asyncio.create_task(run(CouncilWork({}), ours, tasks, results, parallelism=3, tell=watch))
    async with asyncio.timeout(30):
        await cut.wait()
    submitted.cancel()
    await asyncio.wait({submitted})
    found = await run(CouncilWork({}), ours, tasks, results, parallelism=3, tell=watch)

    assert [result["status"] for result in found] == ["completed"] * len(ASKED)
    listed = (await ada.http.get("/api/v1/councils")).json()["councils"]
    assert len(listed) == len(ASKED)
    assert sum(result["cost_usd"] for result in found) == pytest.approx(sum(one["cost_usd"] for one in listed))
    assert members.finished == sum(3 * result["rounds"] for result in found)
    right = sum(bool(result["right"]) for result in found)
    told = (tmp_path / "out" / "summary.md").read_text()
    assert f"| council | {right} " in told
    assert "<svg" in (tmp_path / "out" / "agreement.svg").read_text()


async def test_a_key_that_opens_nothing_ends_it(door: FastAPI, tmp_path: Path):
    results = Results(str(tmp_path / "out"))
    tasks = read_tasks(written(tmp_path), results)
    with pytest.raises(DoorClosed):
        await run(CouncilWork({}), door_for(door, "nobody's"), tasks, results, parallelism=2, tell=lambda _: None)
