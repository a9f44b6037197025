"""What the tools for pictures share: paths in and out, and the call into the jail."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from sandbox import jailed
from sandbox.files import plain
from sandbox.jail.limits import Limits
from sandbox.tool import Facts, ToolContext
from sandbox.tools.beside import MaybePath, Path, output_for

SECONDS = 60
LOOKS = Facts(idempotent=True, reads_private=True, seconds=SECONDS)
EDITS = Facts(idempotent=True, reads_private=True, side_effect=True, seconds=SECONDS)
LIMITS = Limits(wall_seconds=SECONDS - 10)
WRITTEN = frozenset({"png", "jpg", "jpeg", "webp", "gif", "bmp", "tif", "tiff"})
"""How a picture's name may end that is written."""
LONGEST_SIDE = 16_000

Input = Annotated[Path, "The picture"]
Output = Annotated[MaybePath, "Where the result goes (.png .jpg .webp .gif .bmp .tiff); beside the input when empty"]
Color = Annotated[str, Field(max_length=40)]
Side = Annotated[int, Field(ge=1, le=LONGEST_SIDE)]
Place = Annotated[int, Field(ge=0, le=LONGEST_SIDE)]


async def edited(
    context: ToolContext, edit: str, path: str, output_path: str, suffix: str, arguments: Mapping[str, object]
) -> dict[str, Any]:
    """Run an edit of one picture; its result lies under `output_path`, or beside the picture."""
    picture = plain(path)
    output = output_for(picture, output_path, suffix, written=WRITTEN, otherwise="png")
    arguments = {"path": picture, "output": output, **arguments}
    answered = await jailed.call(context, edit, arguments, reads=[picture], limits=LIMITS)
    return {"input_file": picture, "output_file": output, **answered.value}
