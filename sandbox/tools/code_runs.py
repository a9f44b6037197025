"""Runs a program that a model or a person wrote, and says what came of it: output, result, files, and what ended it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

import orjson

from sandbox.errors import ToolFailed
from sandbox.jail.limits import MIB, Limits
from sandbox.jail.run import Language, Outcome, Run
from sandbox.jailed import ending
from sandbox.tool import ToolContext
from sandbox.tools.code_files import MOST_BYTES, MOST_GIVEN, Given, gather

FOLLOW = """\
import sys
sys.path.append("/opt/ours")
from sandbox.programs.code import follow
follow({order!r}, give_result)
"""
HEAD, TAIL = 8_000, 4_000
"""Characters of each output that go back: of its beginning, and of its end."""
LAST_WORDS = 500
MOST_LISTED = 50
NONE = Given(files={}, left_out=())


@dataclass(frozen=True, kw_only=True)
class Program:
    """A program, and what it gets."""

    source: str
    seconds: float
    language: Language = "python"
    is_expression: bool = False
    variables: Mapping[str, Any] = field(default_factory=dict[str, Any])
    packages: Sequence[str] = ()
    folder: str = ""
    """Where in the workspace it runs."""


async def run_alone(context: ToolContext, program: Program) -> tuple[Outcome, str | None]:
    """Run a program that gets no file and leaves none; answers also what went wrong."""
    return await _run(context, program, NONE)


async def run_with_files(context: ToolContext, program: Program, named: Sequence[str]) -> dict[str, Any]:
    """Run a program beside files of the workspace, keep the files that it leaves, and say what came of it."""
    given = await gather(context.files, named, program.source)
    outcome, error = await _run(context, program, given)
    written = await context.files.write(outcome.files) if outcome.files else ()
    saved = sorted(written, key=lambda file: file.path)
    shown = {
        "success": error is None,
        "stdout": shortened(outcome.stdout),
        "stderr": shortened(outcome.stderr),
        "return_value": value_of(outcome)[0],
        "exit": outcome.exit,
        "files_created": [{"path": file.path, "size": file.size} for file in saved[:MOST_LISTED]],
        "execution_time": round(outcome.seconds, 3),
        "error": error,
    }
    return shown | dict(_notes(given, outcome, len(saved)))


def value_of(outcome: Outcome) -> tuple[Any, str]:
    """A program's result and the name of its type."""
    answer = outcome.result
    if isinstance(answer, dict) and {"value", "type"} <= answer.keys():
        known = cast("dict[str, Any]", answer)
        return known["value"], str(known["type"])
    return None, "NoneType"


def shortened(text: str) -> str:
    """An output with its beginning and its end, saying how much was cut out between."""
    if len(text) <= HEAD + TAIL:
        return text
    return f"{text[:HEAD]}\n[… {len(text) - HEAD - TAIL} characters cut here …]\n{text[-TAIL:]}"


async def _run(context: ToolContext, program: Program, given: Given) -> tuple[Outcome, str | None]:
    limits = replace(Limits(), wall_seconds=program.seconds, cpu_seconds=max(60, int(program.seconds)))
    run = Run(code=_code(program), language=program.language, files=given.files, limits=limits)
    outcome = await context.runner.run(run, context.user)
    return outcome, _error(outcome, limits)


def _code(program: Program) -> str:
    if program.language == "shell":
        return program.source
    order = {
        "source": program.source,
        "is_expression": program.is_expression,
        "variables": program.variables,
        "packages": list(program.packages),
        "folder": program.folder,
    }
    try:
        return FOLLOW.format(order=orjson.dumps(order).decode())
    except TypeError as error:
        raise ToolFailed("These variables are not JSON.") from error


def _error(outcome: Outcome, limits: Limits) -> str | None:
    """What went wrong, in a sentence; None if nothing did."""
    if outcome.killed_by is not None:
        return f"It was ended: {ending(outcome, limits)}."
    if outcome.exit == 0:
        return None
    said = outcome.stderr.strip().rpartition("\n")[2][-LAST_WORDS:]
    if said.startswith("MemoryError"):
        return f"{said}: it may use {limits.memory_bytes // MIB} MiB of memory."
    if said.startswith("FileNotFoundError"):
        return f"{said}. Of the workspace it sees the files that `files` names, and those whose path the code holds."
    return said or f"It ended with status {outcome.exit}."


def _notes(given: Given, outcome: Outcome, saved: int) -> Sequence[tuple[str, object]]:
    """What else a model should know: only what is not as usual."""
    notes: list[tuple[str, object]] = []
    if given.left_out:
        bounds = f"a program gets {MOST_GIVEN} files of {MOST_BYTES // MIB} MiB in all"
        notes.append(("files_not_given", {"paths": list(given.left_out[:MOST_LISTED]), "why": bounds}))
    if outcome.left_out or saved > MOST_LISTED:
        more = [f"{saved - MOST_LISTED} more were kept"] if saved > MOST_LISTED else []
        lost = [f"{outcome.left_out} were not kept: too large, too many, hidden or not plain files"]
        notes.append(("other_files", "; ".join([*more, *(lost if outcome.left_out else [])])))
    return notes
