"""A batch works off each line once, so many at a time, and goes on where it stopped."""

import asyncio
import json
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx2
import pytest
from click.testing import CliRunner

from actors.batch.cli import council
from actors.batch.councils import CouncilWork, result_of
from actors.batch.door import Door
from actors.batch.errors import BadInput, DoorAway, DoorClosed, Refused
from actors.batch.files import Results, read_tasks
from actors.batch.plot import agreement_plot
from actors.batch.running import Progress, run
from actors.batch.summary import summary
from actors.batch.work import Result
from tests.actors.conversing import until
from tests.s3_server import KEY, SECRET

Answers = Callable[[httpx2.Request], httpx2.Response]


class Echo:
    """Tasks that are done at once, or when a gate opens."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.most = self.now = 0
        self.gate = asyncio.Event()
        self.gate.set()
        self.broken: str | None = None

    async def begin(self, door: Door, key: str, facts: Mapping[str, Any]) -> str:
        if facts["question"] == self.broken:
            raise DoorAway("the door is away")
        if facts["question"] == "refuse me":
            raise Refused("not like this")
        self.begun.append(facts["question"])
        self.now += 1
        self.most = max(self.most, self.now)
        return facts["question"]

    async def look(self, door: Door, id: str, facts: Mapping[str, Any]) -> Result | None:
        await self.gate.wait()
        self.now -= 1
        return {"status": "completed", "cost_usd": 0.25, "said": id}

    def summary(self, results: Sequence[Result]) -> Mapping[str, bytes]:
        return {"summary.md": f"{len(results)} results".encode()}


def door_of(answers: Answers, *, patience: float = 5.0) -> Door:
    client = httpx2.AsyncClient(transport=httpx2.MockTransport(answers), base_url="http://there")
    return Door(client, patience=patience)


NOWHERE = door_of(lambda _: httpx2.Response(404))


def written(folder: Path, *questions: str) -> str:
    source = folder / "questions.jsonl"
    source.write_text("\n".join(json.dumps({"question": text}) for text in questions) + "\n\n")
    return str(source)


def silent(_: Progress) -> None:
    """Nobody watches."""


async def test_each_line_has_a_result_in_order_and_a_summary(tmp_path: Path):
    results = Results(str(tmp_path / "out"))
    tasks = read_tasks(written(tmp_path, "one", "refuse me", "three"), results)
    told: list[str] = []

    found = await run(Echo(), NOWHERE, tasks, results, parallelism=2, tell=lambda progress: told.append(str(progress)))

    assert [result["status"] for result in found] == ["completed", "refused", "completed"]
    lines = (tmp_path / "out" / "results.jsonl").read_text().splitlines()
    assert [json.loads(line)["n"] for line in lines] == [1, 2, 3]
    assert (tmp_path / "out" / "summary.md").read_text() == "3 results"
    assert told[-1] == "3 of 3 done, 1 failed, 0 under way, $0.5000"


async def test_no_more_at_once_than_was_said(tmp_path: Path):
    work, results = Echo(), Results(str(tmp_path / "out"))
    work.gate.clear()
    tasks = read_tasks(written(tmp_path, *map(str, range(20))), results)
    async with asyncio.TaskGroup() as group:
        group.create_task(run(work, NOWHERE, tasks, results, parallelism=3, tell=silent))

        async def busy() -> bool:
            return work.now == 3

        await until(busy)
        work.gate.set()

    assert (work.most, len(work.begun)) == (3, 20)


async def test_submitted_again_it_goes_on_where_it_stopped(tmp_path: Path):
    results = Results(str(tmp_path / "out"))
    tasks = read_tasks(written(tmp_path, "one", "two", "three"), results)
    first, second = Echo(), Echo()
    first.broken = "two"
    with pytest.raises(DoorAway):
        await run(first, NOWHERE, tasks, results, parallelism=1, tell=silent)
    assert not (tmp_path / "out" / "summary.md").exists()

    found = await run(second, NOWHERE, tasks, results, parallelism=1, tell=silent)

    assert (first.begun, second.begun) == (["one"], ["two", "three"])
    assert [result["said"] for result in found] == ["one", "two", "three"]


async def test_a_line_that_was_changed_is_done_again(tmp_path: Path):
    results = Results(str(tmp_path / "out"))
    await run(Echo(), NOWHERE, read_tasks(written(tmp_path, "a", "b"), results), results, parallelism=1, tell=silent)
    work = Echo()
    await run(work, NOWHERE, read_tasks(written(tmp_path, "a", "c"), results), results, parallelism=1, tell=silent)
    assert work.begun == ["c"]


async def test_it_reads_and_writes_on_s3(s3: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    for name, value in {"ENDPOINT_URL": s3, "ACCESS_KEY_ID": KEY, "SECRET_ACCESS_KEY": SECRET}.items():
        monkeypatch.setitem(os.environ, f"AWS_{name}", value)
    out = f"s3://apex/batch/{tmp_path.name}"
    results = Results(out)
    await asyncio.to_thread(results.write, "in.jsonl", b'{"question": "one"}\n{"question": "two"}\n')
    tasks = await asyncio.to_thread(read_tasks, f"{out}/in.jsonl", results)
    work = Echo()
    for _ in range(2):
        await run(work, NOWHERE, tasks, results, parallelism=2, tell=silent)

    assert sorted(work.begun) == ["one", "two"]
    assert len(await asyncio.to_thread(Results(out).done)) == 2


@pytest.mark.parametrize("text", ["not json", "[1]", '"text"'])
def test_a_line_that_is_no_object_is_named(tmp_path: Path, text: str):
    (tmp_path / "in.jsonl").write_text(f'{{"question": "fine"}}\n{text}\n')
    with pytest.raises(BadInput, match="line 2"):
        read_tasks(str(tmp_path / "in.jsonl"), Results(str(tmp_path / "out")))


async def test_the_door_is_asked_again_while_it_is_busy():
    statuses = iter([503, 429, 201])
    keys: list[str] = []

    def answers(request: httpx2.Request) -> httpx2.Response:
        keys.append(request.headers["Idempotency-Key"])
        return httpx2.Response(next(statuses), json={"id": "x"}, headers={"Retry-After": "0.01"})

    assert await door_of(answers).post("/councils", {}, key="k") == {"id": "x"}
    assert keys == ["k"] * 3


@pytest.mark.parametrize(("status", "error"), [(401, DoorClosed), (403, DoorClosed), (422, Refused), (404, Refused)])
async def test_what_will_not_change_is_not_asked_again(status: int, error: type[Exception]):
    with pytest.raises(error, match="Not so: because"):
        await door_of(lambda _: httpx2.Response(status, json={"title": "Not so", "detail": "because"})).get("/x")


async def test_a_door_that_stays_away_ends_the_batch():
    def away(request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("nobody there")

    with pytest.raises(DoorAway, match="nobody there"):
        await door_of(away, patience=0.1).get("/x")


async def test_a_line_goes_before_what_is_usual():
    asked: list[Any] = []

    def answers(request: httpx2.Request) -> httpx2.Response:
        asked.append(json.loads(request.content))
        return httpx2.Response(201, json={"id": "x"})

    work, door = CouncilWork({"max_rounds": 5, "num_agents": 3, "model": None}), door_of(answers)
    await work.begin(door, "k", {"question": "?", "id": 7, "answer": "b", "max_rounds": 1})
    await work.begin(door, "k", {"question": "?", "members": [{"agent": "AZOTH"}]})

    assert asked == [
        {"question": "?", "max_rounds": 1, "num_agents": 3},
        {"question": "?", "max_rounds": 5, "members": [{"agent": "AZOTH"}]},
    ]


def council_that(winner: str, *, baseline: str, agreement: Sequence[float]) -> dict[str, Any]:
    outcome: dict[str, Any] = {
        "winner": winner, "consensus": True, "votes": [{"option": winner, "votes": 2}], "baseline": baseline,
        "baseline_cost_usd": 0.01, "debate_cost_usd": 0.02,
    }  # fmt: skip
    members = [{"name": "Ann|Bob", "model": None, "cost_usd": 0.03, "tokens": 1200}]
    rounds = [{"agreement": share} for share in agreement]
    told: dict[str, Any] = {
        "id": "x",
        "status": "completed",
        "reason": "consensus",
        "round": len(rounds),
        "error": None,
    }
    return told | {"outcome": outcome, "members": members, "rounds": rounds, "cost_usd": 0.03}


def test_the_summary_has_what_was_right_and_what_it_cost():
    named = {"n": 1, "key": "k", "input": {"question": "Tea | coffee?"}}
    held = [
        named | result_of(council_that("tea", baseline="coffee", agreement=[0.5, 0.75]), {"answer": "tea"}),
        named | result_of(council_that("tea", baseline="tea", agreement=[1.0]), {"answer": "tea"}),
        named | {"status": "refused", "error": "too long", "cost_usd": 0},
    ]
    text = summary(held)

    assert "3 questions: 2 completed, 1 refused." in text
    assert "| council | 2 (100%) | 2 |" in text
    assert "| majority of the blind first answers | 1 (50%) | 2 |" in text
    assert "| Ann\\|Bob | 2,400 | 0.0600 |" in text
    assert "| *debate on top of them* | | 0.0400 |" in text
    assert "| 1 | Tea \\| coffee? | tea | 75% |" in text
    assert "refused: too long" in text
    drawn = agreement_plot(held)
    assert drawn.count('class="one"') == 2
    assert drawn.count("<circle") == 2


def test_without_a_key_it_asks_whose_ledger_pays(tmp_path: Path):
    answer = CliRunner().invoke(council, ["batch", written(tmp_path, "one"), "--out", str(tmp_path / "out")])
    assert answer.exit_code == 2
    assert "whose ledger pays" in answer.output
