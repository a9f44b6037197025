"""Turns what a person's agents did into training examples: whole turns that used tools and came to a good end."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from actors.nursery.examples import Json, asked, example, returned, said
from actors.nursery.store import Step
from sandbox.tool import Tool

MAX_RESULT = 4000
"""Characters of a tool's result that an example keeps."""


def examples_of(
    steps: Iterable[Step], library: Mapping[str, Tool], wanted: Collection[str]
) -> tuple[list[Json], Counter[str]]:
    """An example for each turn that fits, and how many of them each tool is in."""
    made: list[Json] = []
    tools: Counter[str] = Counter()
    for turn in _turns(steps):
        used = dict.fromkeys(call["name"] for step in turn for call in step.tool_calls)
        if _fits(turn, used, wanted):
            made.append(example(_told(turn), [library[name] for name in used if name in library]))
            tools.update(used.keys())
    return made, tools


def _turns(steps: Iterable[Step]) -> Iterator[Sequence[Step]]:
    for _, turn in groupby(steps, key=lambda step: step.turn_id):
        yield list(turn)


def _fits(turn: Sequence[Step], used: Collection[str], wanted: Collection[str]) -> bool:
    """Whether it used a tool that is wanted, every call was answered without an error, and words were the end."""
    results = {result["id"]: result for step in turn for result in step.tool_results}
    calls = [call for step in turn for call in step.tool_calls]
    answered = all(call["id"] in results and not results[call["id"]]["is_error"] for call in calls)
    ends_well = bool(turn[-1].content.strip()) and not turn[-1].tool_calls
    return bool(turn[0].question.strip()) and answered and ends_well and (not wanted or bool(set(used) & set(wanted)))


def _told(turn: Sequence[Step]) -> Iterator[Json]:
    yield asked(turn[0].question)
    for step in turn:
        yield said(step.content, [(call["id"], call["name"], call["arguments"]) for call in step.tool_calls])
        results = {result["id"]: result["content"] for result in step.tool_results}
        for call in step.tool_calls:
            yield returned(call["id"], results[call["id"]][:MAX_RESULT])
