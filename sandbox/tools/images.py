"""Looks at pictures: what they are, which colours they hold, how two of them differ.

They are decoded in the jail: decoders have a long history of mistakes, and pictures come from anywhere.
"""

from typing import Annotated

from pydantic import Field

from sandbox import jailed
from sandbox.files import plain
from sandbox.tool import Example, Facts, ToolContext, tool
from sandbox.tools.beside import MaybePath, Path
from sandbox.tools.image_examples import FLAG
from sandbox.tools.image_files import LIMITS, LOOKS, SECONDS, Input


@tool(
    category="image",
    facts=LOOKS,
    example=Example(
        arguments={"image_path": "flag.png"},
        result={
            "image_path": "flag.png",
            "width": 40,
            "height": 20,
            "format": "PNG",
            "mode": "RGB",
            "has_transparency": False,
            "frames": 1,
            "dpi": None,
            "file_size_bytes": len(FLAG),
            "exif": {},
            "has_gps": False,
        },
        files={"flag.png": FLAG},
    ),
)
async def image_info(context: ToolContext, *, image_path: Input) -> dict[str, object]:
    """Tell a picture's size, format, frames, and what its camera noted."""
    path = plain(image_path)
    answered = await jailed.call(context, "picture_facts.info", {"path": path}, reads=[path], limits=LIMITS)
    return {"image_path": path, **answered.value}


@tool(
    category="image",
    facts=LOOKS,
    example=Example(
        arguments={"image_path": "flag.png", "colors": 4},
        result={
            "colors": [
                {"color": "#dc2828", "share": 0.25},
                {"color": "#fac81e", "share": 0.25},
                {"color": "#28a050", "share": 0.25},
                {"color": "#2850c8", "share": 0.25},
            ]
        },
        varies=True,
        files={"flag.png": FLAG},
    ),
)
async def image_palette(
    context: ToolContext,
    *,
    image_path: Input,
    colors: Annotated[int, Field(ge=1, le=32), "How many at most"] = 6,
) -> dict[str, object]:
    """Find a picture's main colours and how much of it each covers."""
    path = plain(image_path)
    arguments = {"path": path, "colors": colors}
    return (await jailed.call(context, "picture_facts.palette", arguments, reads=[path], limits=LIMITS)).value


@tool(
    category="image",
    facts=Facts(idempotent=True, reads_private=True, side_effect=True, seconds=SECONDS),
    example=Example(
        arguments={"first_path": "flag.png", "second_path": "copy.png"},
        result={
            "same": True,
            "same_size": True,
            "different_pixels": 0,
            "different_share": 0.0,
            "largest_difference": 0,
            "box": None,
        },
        files={"flag.png": FLAG, "copy.png": FLAG},
    ),
)
async def image_compare(
    context: ToolContext,
    *,
    first_path: Annotated[Path, "One picture"],
    second_path: Annotated[Path, "Another of the same size"],
    tolerance: Annotated[
        int, Field(ge=0, le=254), "How far a channel of 0 to 255 may be off and still count as same"
    ] = 0,
    output_path: Annotated[MaybePath, "Where to draw the first one pale with the differences in red"] = "",
) -> dict[str, object]:
    """Compare two pictures pixel by pixel: how many differ, how far, and where."""
    first, second, output = plain(first_path), plain(second_path), plain(output_path)
    arguments = {"first": first, "second": second, "output": output, "tolerance": tolerance}
    reads = [first, second]
    return (await jailed.call(context, "picture_facts.compare", arguments, reads=reads, limits=LIMITS)).value
