"""Works off tasks, so many at once: what has a result is done, what is under way is met again."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, cast

import orjson

from actors.batch.door import Door
from actors.batch.errors import Refused
from actors.batch.files import Results, Task
from actors.batch.work import Result, Work

FIRST_LOOK, LONGEST_LOOK = 0.2, 3.0
"""Seconds between looks at a task."""


@dataclass
class Progress:
    """How far a batch is."""

    total: int
    done: int = 0
    failed: int = 0
    cost_usd: Decimal = Decimal(0)
    running: set[int] = field(default_factory=set[int])

    def count(self, result: Result) -> None:
        """One more has a result."""
        self.done += 1
        self.failed += result["status"] not in ("completed",)
        self.cost_usd += Decimal(str(result.get("cost_usd") or 0))

    def __str__(self) -> str:
        failed = f", {self.failed} failed" if self.failed else ""
        return f"{self.done} of {self.total} done{failed}, {len(self.running)} under way, ${self.cost_usd:.4f}"


Tell = Callable[[Progress], None]


async def run(
    work: Work, door: Door, tasks: Sequence[Task], results: Results, *, parallelism: int, tell: Tell
) -> Sequence[Result]:
    """All results, in the tasks' order; each was written as it came. Raises DoorClosed, DoorAway."""
    there = await asyncio.to_thread(results.done)
    progress = Progress(total=len(tasks))
    found: dict[int, Result] = {task.n: there[task.key] for task in tasks if task.key in there}
    for result in found.values():
        progress.count(result)
    tell(progress)
    waiting = iter([task for task in tasks if task.n not in found])

    async def one_after_the_other() -> None:
        for task in waiting:
            progress.running.add(task.n)
            result = await _held(work, door, task)
            await asyncio.to_thread(results.keep, task, result)
            progress.running.discard(task.n)
            found[task.n] = result
            progress.count(result)
            tell(progress)

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(parallelism):
                group.create_task(one_after_the_other())
    except ExceptionGroup as errors:
        raise _first(errors) from errors
    ordered = [found[task.n] for task in tasks]
    await asyncio.to_thread(_finish, work, results, ordered)
    return ordered


async def _held(work: Work, door: Door, task: Task) -> dict[str, Any]:
    named = {"n": task.n, "key": task.key, "input": dict(task.facts)}
    try:
        id = await work.begin(door, task.key, task.facts)
        wait = FIRST_LOOK
        while (result := await work.look(door, id, task.facts)) is None:
            await asyncio.sleep(wait)
            wait = min(LONGEST_LOOK, wait * 1.5)
    except Refused as error:
        return named | {"status": "refused", "error": str(error), "cost_usd": 0}
    return named | dict(result)


def _finish(work: Work, results: Results, ordered: Sequence[Result]) -> None:
    lines = b"".join(orjson.dumps(result, default=str) + b"\n" for result in ordered)
    for name, data in {"results.jsonl": lines, **work.summary(ordered)}.items():
        results.write(name, data)


def _first(error: Exception) -> Exception:
    """What went wrong first, out of its groups."""
    while isinstance(error, ExceptionGroup):
        error = cast("ExceptionGroup[Exception]", error).exceptions[0]
    return error
