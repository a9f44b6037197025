"""Swarms from a program: inputs that are there or still coming, results as they come, one answer of them all."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from apexaurum import Allowance, AsyncApex, WorkFailed
from apexaurum.cli.main import main
from apexaurum.display import shown
from tests.sdk.conftest import Account
from tests.sdk.cutting import Cutter

TASK = "count to {input}"


def counted(number: int) -> str:
    return " ".join(str(each) for each in range(1, number + 1))


async def test_results_come_as_they_are_there(apex: AsyncApex):
    swarm = await apex.swarms.start(
        TASK, [3, 5, 4], model="scripted", reduce="You got {results}", budget=Allowance(usd=1)
    )
    items = [item async for item in swarm.results()]
    assert {item.n: (item.input, item.result) for item in items} == {
        n: (number, counted(number)) for n, number in enumerate([3, 5, 4])
    }
    assert counted(5) in (await swarm.result() or "")
    assert (swarm.state.status, swarm.state.total, swarm.state.completed) == ("completed", 3, 3)
    assert "3/3" in shown(swarm)
    again = await apex.swarms.get(swarm.id)
    assert {item.n async for item in again.results()} == {0, 1, 2}
    assert [each.id async for each in apex.swarms.all()] == [swarm.id]


async def test_each_result_comes_once_through_cuts(ada: Account, cutter: Cutter):
    async with ada.async_apex(cutter.url) as shaky:
        swarm = await shaky.swarms.start(TASK, [7] * 40, model="scripted", parallelism=4)
        cutter.cut(answers=[3000, 3000, 20_000] * 20)  # all 40 items take eight thousand
        items = [item async for item in swarm.results()]
    assert sorted(item.n for item in items) == list(range(40))
    assert {item.result for item in items} == {counted(7)}
    assert cutter.cuts > 1


async def test_inputs_may_depend_on_results(apex: AsyncApex):
    last: asyncio.Queue[int] = asyncio.Queue()

    async def inputs() -> AsyncIterator[int]:
        yield 1
        while (number := await last.get()) < 4:
            yield number + 1

    swarm = await apex.swarms.start(TASK, inputs(), model="scripted")
    results: list[str | None] = []
    async for item in swarm.results():
        results.append(item.result)
        last.put_nowait(item.input)
    assert results == [counted(number) for number in range(1, 5)]
    assert swarm.state.closed


async def test_the_blocking_client_takes_a_generator(ada: Account):
    def lines() -> Iterator[int]:
        yield from [2] * 600

    def work() -> list[str | None]:
        with ada.apex() as apex:
            swarm = apex.swarms.start(TASK, (number for number in lines()), model="scripted", parallelism=100)
            return [item.result for item in swarm.results(progress=True)]

    assert await asyncio.to_thread(work) == ["1 2"] * 600


async def test_inputs_that_raise_say_so_after_what_they_gave(apex: AsyncApex):
    def inputs() -> Iterator[int]:
        yield 2
        raise ZeroDivisionError("no more")

    swarm = await apex.swarms.start(TASK, inputs(), model="scripted")
    results: list[str | None] = []

    async def read() -> None:
        async for item in swarm.results():
            results.append(item.result)

    with pytest.raises(ZeroDivisionError):
        await read()
    assert results == ["1 2"]


async def test_what_fails_is_told_and_tried_again(apex: AsyncApex):
    swarm = await apex.swarms.start("{input}", ["count to 3", "fail refused"], model="scripted", retries=0)
    items = {item.n: item async for item in swarm.results()}
    assert items[0].result == "1 2 3"
    assert items[1].status == "failed"
    assert str(items[1].error)
    await swarm.retry()
    assert {item.n: item.status async for item in swarm.results()} == {0: "completed", 1: "failed"}


async def test_results_too_long_for_an_event_are_fetched(apex: AsyncApex):
    long = {"text": "x" * 40_000, "do": "count to 1"}
    swarm = await apex.swarms.start("Say {input}", [long], model="scripted")
    (item,) = [item async for item in swarm.results()]
    assert item.input == long
    assert item.result is not None


async def test_one_that_is_cancelled_has_no_result(apex: AsyncApex):
    swarm = await apex.swarms.start(f"{TASK} at 5 tokens per second", [50, 60], model="scripted")
    await swarm.pause()
    await swarm.resume()
    await swarm.cancel()
    assert {item.status async for item in swarm.results()} == {"cancelled"}
    with pytest.raises(WorkFailed, match="cancelled"):
        await swarm.result()


async def test_the_command_reads_lines_and_writes_lines(
    ada: Account, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    def opened(told: object) -> object:
        return ada.apex()

    monkeypatch.setattr("apexaurum.cli.swarm.opened", opened)
    (tmp_path / "inputs.jsonl").write_text('3\n\n"4"\nfive\n')
    arguments = ["swarm", TASK, "--inputs", str(tmp_path / "inputs.jsonl"), "--model", "scripted", "--json"]
    assert await asyncio.to_thread(main, arguments) == 0
    out, err = capsys.readouterr()
    told = {item["n"]: item for item in map(json.loads, out.splitlines())}
    assert [told[n]["input"] for n in range(3)] == [3, "4", "five"]
    assert told[0]["result"] == "1 2 3"
    assert "completed: 3 completed, 0 failed" in err
    id = err.split()[1]
    assert await asyncio.to_thread(main, ["swarm", "--follow", id]) == 0
    assert "0\t3\t1 2 3\n" in capsys.readouterr().out
