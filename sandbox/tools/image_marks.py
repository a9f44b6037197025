"""Draws on pictures, hides parts of them and of what their files know, and puts several on one sheet."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from sandbox import jailed
from sandbox.errors import ToolFailed
from sandbox.files import plain
from sandbox.tool import Example, ToolContext, tool
from sandbox.tools.beside import Path, output_for
from sandbox.tools.image_edits import (
    image_adjust,
    image_convert,
    image_crop,
    image_resize,
    image_rotate,
    image_thumbnail,
)
from sandbox.tools.image_examples import FLAG
from sandbox.tools.image_files import (
    EDITS,
    LIMITS,
    LONGEST_SIDE,
    WRITTEN,
    Color,
    Input,
    Output,
    Place,
    Side,
    edited,
)
from sandbox.tools.images import image_compare, image_info, image_palette

GIVEN = {"flag.png": FLAG}
Offset = Annotated[int, Field(ge=-LONGEST_SIDE, le=LONGEST_SIDE)]


class Mark(BaseModel):
    """One thing that is drawn."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["text", "box", "ellipse", "line", "arrow"]
    x: Offset
    y: Offset
    to_x: Annotated[Offset, Field(description="The other corner or end")] = 0
    to_y: Offset = 0
    text: Annotated[str, Field(max_length=500)] = ""
    color: Color = "red"
    size: Annotated[
        int, Field(ge=0, le=400, description="Height of the text or width of the line; 0 for a good one")
    ] = 0


class Region(BaseModel):
    """A part of a picture."""

    model_config = ConfigDict(extra="forbid")

    left: Place
    top: Place
    width: Side
    height: Side


@tool(
    category="image",
    facts=EDITS,
    example=Example(
        arguments={
            "image_path": "flag.png",
            "marks": [
                {"kind": "box", "x": 10, "y": 2, "to_x": 19, "to_y": 17, "color": "black"},
                {"kind": "text", "x": 2, "y": 2, "text": "A", "size": 10},
            ],
            "output_path": "marked.bmp",
        },
        result={
            "input_file": "flag.png",
            "output_file": "marked.bmp",
            "width": 40,
            "height": 20,
            "format": "BMP",
            "file_size_bytes": 2454,
            "marks": 2,
        },
        files=GIVEN,
    ),
)
async def image_annotate(
    context: ToolContext,
    *,
    image_path: Input,
    marks: Annotated[list[Mark], Field(min_length=1, max_length=100), "What to draw, in order, in pixels"],
    output_path: Output = "",
) -> dict[str, object]:
    """Draw texts, boxes, ellipses, lines and arrows on a picture. An arrow points to its `to`."""
    if any(mark.kind == "text" and not mark.text.strip() for mark in marks):
        raise ToolFailed("A mark of the kind text needs a text.")
    drawn = {"marks": [mark.model_dump() for mark in marks]}
    return await edited(context, "picture_marks.annotate", image_path, output_path, "annotated", drawn)


@tool(
    category="image",
    facts=EDITS,
    example=Example(
        arguments={
            "image_path": "flag.png",
            "regions": [{"left": 0, "top": 0, "width": 20, "height": 20}],
            "output_path": "hidden.bmp",
        },
        result={
            "input_file": "flag.png",
            "output_file": "hidden.bmp",
            "width": 40,
            "height": 20,
            "format": "BMP",
            "file_size_bytes": 2454,
            "regions": 1,
        },
        files=GIVEN,
    ),
)
async def image_blur_region(
    context: ToolContext,
    *,
    image_path: Input,
    regions: Annotated[list[Region], Field(min_length=1, max_length=50), "Which parts, in pixels"],
    method: Annotated[
        Literal["pixelate", "blur", "fill"], "How; only black (fill) hides text for certain"
    ] = "pixelate",
    output_path: Output = "",
) -> dict[str, object]:
    """Make parts of a picture unreadable, such as faces and number plates."""
    hidden = {"regions": [region.model_dump() for region in regions], "method": method}
    return await edited(context, "picture_edits.hide", image_path, output_path, "hidden", hidden)


@tool(
    category="image",
    facts=EDITS,
    example=Example(
        arguments={"image_path": "flag.png", "output_path": "bare.bmp"},
        result={
            "input_file": "flag.png",
            "output_file": "bare.bmp",
            "width": 40,
            "height": 20,
            "format": "BMP",
            "file_size_bytes": 2454,
            "removed": [],
        },
        files=GIVEN,
    ),
)
async def image_strip_metadata(
    context: ToolContext, *, image_path: Input, output_path: Output = ""
) -> dict[str, object]:
    """Write a picture without what its file tells besides: place, time, camera, comments."""
    return await edited(context, "picture_edits.strip", image_path, output_path, "stripped", {})


@tool(
    category="image",
    facts=EDITS,
    example=Example(
        arguments={
            "image_paths": ["flag.png", "flag.png"],
            "columns": 2,
            "cell_width": 40,
            "cell_height": 20,
            "gap": 4,
            "output_path": "sheet.bmp",
        },
        result={
            "input_files": ["flag.png", "flag.png"],
            "output_file": "sheet.bmp",
            "width": 92,
            "height": 28,
            "format": "BMP",
            "file_size_bytes": 7782,
            "columns": 2,
            "rows": 1,
        },
        files=GIVEN,
    ),
)
async def image_collage(
    context: ToolContext,
    *,
    image_paths: Annotated[list[Path], Field(min_length=1, max_length=30), "The pictures, row by row"],
    columns: Annotated[int, Field(ge=0, le=30), "0 for about as many as rows"] = 0,
    cell_width: Annotated[int, Field(ge=8, le=4000), "Of the room for each, in pixels"] = 400,
    cell_height: Annotated[int, Field(ge=8, le=4000), "The same"] = 300,
    gap: Annotated[int, Field(ge=0, le=200), "Between them"] = 12,
    background: Annotated[Color, "Behind them"] = "white",
    captions: Annotated[list[Annotated[str, Field(max_length=100)]], Field(max_length=30), "A line below each"] = [],  # noqa: B006 (pydantic copies it)
    output_path: Output = "",
) -> dict[str, object]:
    """Put pictures on one sheet, in rows and columns."""
    pictures = [plain(path) for path in image_paths]
    output = output_for(pictures[0], output_path, "collage", written=WRITTEN, otherwise="png")
    if output in pictures:
        raise ToolFailed("The sheet needs another name than the pictures on it.")
    arguments: dict[str, object] = {
        "paths": pictures,
        "output": output,
        "columns": columns,
        "cell": [cell_width, cell_height],
        "gap": gap,
        "background": background,
        "captions": captions,
    }
    answered = await jailed.call(context, "picture_marks.collage", arguments, reads=pictures, limits=LIMITS)
    return {"input_files": pictures, "output_file": output, **answered.value}


IMAGE_TOOLS = (
    image_info,
    image_resize,
    image_crop,
    image_rotate,
    image_convert,
    image_thumbnail,
    image_annotate,
    image_adjust,
    image_blur_region,
    image_compare,
    image_collage,
    image_palette,
    image_strip_metadata,
)
