"""Calls one of our own programs inside a jail: what reads files by strangers, or takes time that they decide.

The programs are the modules in `programs/`. A tool names one function, its arguments and the files that it reads; what
the program wrote or changed in its work folder is kept in the person's workspace.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import orjson

from sandbox.errors import ToolFailed
from sandbox.files import FileFacts, plain
from sandbox.jail.limits import MIB, Limits
from sandbox.jail.run import Outcome, Run
from sandbox.tool import ToolContext

CALL = """\
import sys
sys.path.append("/opt/ours")
from sandbox.programs.entry import answer
give_result(answer({program!r}, {function!r}, {arguments!r}))
"""
LAST_WORDS = 500
"""Characters of a failed program's last line that a model gets."""


@dataclass(frozen=True, kw_only=True)
class Answered:
    """What a program answered, and the files that it left in the workspace."""

    value: Any
    files: Sequence[FileFacts]


async def call(
    context: ToolContext,
    function: str,
    arguments: Mapping[str, object],
    *,
    reads: Sequence[str] = (),
    limits: Limits | None = None,
) -> Answered:
    """Call `module.function` of `sandbox/programs` in a jail, with these files of the workspace beside it.

    The files lie below the program's current folder under their plain paths; paths in `arguments` are made plain by the
    caller (`sandbox.files.plain`). Raises NotFound for a file that is not there, and ToolFailed with the program's own
    words, or with what ended it.
    """
    files = {path: await context.files.read(path) for path in dict.fromkeys(map(plain, reads))}
    run = run_of(function, arguments, files, limits or Limits())
    value, made = made_by(await context.runner.run(run, context.user), run.limits)
    return Answered(value=value, files=await context.files.write(made) if made else ())


def run_of(function: str, arguments: Mapping[str, object], files: Mapping[str, bytes], limits: Limits) -> Run:
    """A call of one of our programs, with these files below its current folder."""
    program, _, name = function.partition(".")
    code = CALL.format(program=program, function=name, arguments=orjson.dumps(arguments).decode())
    return Run(code=code, files=files, limits=limits)


def made_by(outcome: Outcome, limits: Limits) -> tuple[Any, Mapping[str, bytes]]:
    """What the program answered, and the files that it wrote or changed. Raises ToolFailed."""
    value = value_of(outcome, limits)
    if outcome.left_out:
        raise ToolFailed("What it made is too large, or too many files, to be kept: it was not.")
    return value, outcome.files


def value_of(outcome: Outcome, limits: Limits) -> Any:
    """What the program answered. Raises ToolFailed."""
    if outcome.killed_by is not None:
        raise ToolFailed(f"It was ended: {ending(outcome, limits)}.")
    answer = cast("dict[str, Any] | None", outcome.result)
    if not isinstance(answer, dict):
        said = outcome.stderr.strip().rpartition("\n")[2][-LAST_WORDS:]
        raise ToolFailed(said or f"The program ended with status {outcome.exit} and without an answer.")
    if "refused" in answer:
        raise ToolFailed(str(answer["refused"]))
    return answer.get("value")


def ending(outcome: Outcome, limits: Limits) -> str:
    """Why a program was ended before its own end, as the rest of a sentence."""
    return {
        "time": f"it took longer than {limits.wall_seconds:g} seconds",
        "cpu": f"it used more than {limits.cpu_seconds} seconds of processor time",
        "memory": f"it used more than {limits.memory_bytes // MIB} MiB of memory",
        "output": f"it printed more than {limits.output_bytes // MIB} MiB",
        "cancel": "nobody waits for it any more",
        "signal": f"by signal {outcome.exit - 128}",
    }[outcome.killed_by or "signal"]
