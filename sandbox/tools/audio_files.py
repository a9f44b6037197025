"""What the tools for recordings share: paths in and out, times as people write them, and the call into the jail."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import Field

from sandbox import jailed
from sandbox.errors import ToolFailed
from sandbox.files import plain
from sandbox.jail.limits import Limits
from sandbox.tool import Facts, ToolContext
from sandbox.tools.beside import output_for

SECONDS = 150
LOOKS = Facts(idempotent=True, reads_private=True, seconds=SECONDS)
EDITS = Facts(idempotent=True, reads_private=True, side_effect=True, seconds=SECONDS)
WRITTEN = frozenset({"wav", "mp3", "flac", "ogg", "opus", "m4a"})
"""How a recording's name may end that is written."""
READ = WRITTEN | {"aac", "aif", "aiff", "au", "oga", "wma", "webm", "mka", "amr", "ac3", "caf"}
"""How the names of recordings end; other files are read too if they hold sound."""

Time = Annotated[str, Field(max_length=20)] | float


async def edited(
    context: ToolContext, edit: str, path: str, output_path: str, suffix: str, arguments: Mapping[str, object]
) -> dict[str, Any]:
    """Run an edit of one recording; its result lies under `output_path`, or beside the recording."""
    recording = plain(path)
    output = output_for(recording, output_path, suffix, written=WRITTEN, otherwise="mp3")
    arguments = {"path": recording, "output": output, **arguments}
    told = await called(context, f"recordings.{edit}", arguments, [recording])
    return {"input_file": recording, "output_file": output, **told}


async def called(
    context: ToolContext, function: str, arguments: Mapping[str, object], reads: Sequence[str]
) -> dict[str, Any]:
    """Call a program on recordings, with time enough for long ones."""
    limits = Limits(wall_seconds=SECONDS - 10, cpu_seconds=SECONDS)
    return (await jailed.call(context, function, arguments, reads=reads, limits=limits)).value


def seconds(time: str | float) -> float:
    """A time in seconds: 83.5, "83.5" and "1:23.5" are the same. Raises ToolFailed."""
    parts = str(time).strip().removesuffix("s").split(":")
    try:
        numbers = [float(part) for part in parts]
    except ValueError:
        numbers = []
    if not 1 <= len(numbers) <= 3 or not all(0 <= number < 1e6 for number in numbers):
        raise ToolFailed(f'A time is a number of seconds or written as "1:23.5", not {time!r}.')
    return sum(number * 60**place for place, number in enumerate(reversed(numbers)))
