"""Changes of pictures: size, part, turn, format, light. Each makes another file; moving pictures keep their frames."""

from typing import Annotated, Literal

from pydantic import Field

from sandbox.errors import ToolFailed
from sandbox.tool import Example, ToolContext, tool
from sandbox.tools.image_examples import FLAG
from sandbox.tools.image_files import EDITS, LONGEST_SIDE, Color, Input, Output, Place, Side, edited

GIVEN = {"flag.png": FLAG}
Factor = Annotated[float, Field(ge=0, le=4)]


@tool(
    category="image",
    facts=EDITS,
    example=Example(
        arguments={"image_path": "flag.png", "width": 20, "output_path": "small.bmp"},
        result={
            "input_file": "flag.png",
            "output_file": "small.bmp",
            "width": 20,
            "height": 10,
            "format": "BMP",
            "file_size_bytes": 654,
        },
        files=GIVEN,
    ),
)
async def image_resize(
    context: ToolContext,
    *,
    image_path: Input,
    width: Annotated[int, Field(ge=0, le=LONGEST_SIDE), "In pixels; 0 to keep the proportions"] = 0,
    height: Annotated[int, Field(ge=0, le=LONGEST_SIDE), "The same"] = 0,
    fit: Annotated[
        Literal["contain", "cover", "stretch"], "With both: within them, filling them by cutting, or out of proportion"
    ] = "contain",
    output_path: Output = "",
) -> dict[str, object]:
    """Make a picture larger or smaller."""
    if not (width or height):
        raise ToolFailed("Give a width, a height, or both.")
    size = {"width": width, "height": height, "fit": fit}
    return await edited(context, "picture_edits.resize", image_path, output_path, "resized", size)


@tool(
    category="image",
    facts=EDITS,
    example=Example(
        arguments={"image_path": "flag.png", "size": 10, "output_path": "tiny.bmp"},
        result={
            "input_file": "flag.png",
            "output_file": "tiny.bmp",
            "width": 10,
            "height": 5,
            "format": "BMP",
            "file_size_bytes": 214,
        },
        files=GIVEN,
    ),
)
async def image_thumbnail(
    context: ToolContext,
    *,
    image_path: Input,
    size: Annotated[int, Field(ge=8, le=2048), "The longest side in pixels"] = 256,
    output_path: Output = "",
) -> dict[str, object]:
    """Make a small version of a picture; one that is small already keeps its size."""
    return await edited(context, "picture_edits.thumbnail", image_path, output_path, "thumbnail", {"size": size})


@tool(
    category="image",
    facts=EDITS,
    example=Example(
        arguments={"image_path": "flag.png", "left": 10, "width": 10, "height": 20, "output_path": "yellow.bmp"},
        result={
            "input_file": "flag.png",
            "output_file": "yellow.bmp",
            "width": 10,
            "height": 20,
            "format": "BMP",
            "file_size_bytes": 694,
        },
        files=GIVEN,
    ),
)
async def image_crop(
    context: ToolContext,
    *,
    image_path: Input,
    width: Annotated[Side, "Of the part, in pixels"],
    height: Annotated[Side, "The same"],
    left: Annotated[Place, "Where it begins"] = 0,
    top: Annotated[Place, "The same"] = 0,
    output_path: Output = "",
) -> dict[str, object]:
    """Cut a part out of a picture; what lies outside of it is left out."""
    box = {"left": left, "top": top, "width": width, "height": height}
    return await edited(context, "picture_edits.crop", image_path, output_path, "cropped", box)


@tool(
    category="image",
    facts=EDITS,
    example=Example(
        arguments={"image_path": "flag.png", "degrees": 90, "output_path": "turned.bmp"},
        result={
            "input_file": "flag.png",
            "output_file": "turned.bmp",
            "width": 20,
            "height": 40,
            "format": "BMP",
            "file_size_bytes": 2454,
        },
        files=GIVEN,
    ),
)
async def image_rotate(
    context: ToolContext,
    *,
    image_path: Input,
    degrees: Annotated[float, Field(ge=-360, le=360), "Clockwise"] = 0,
    flip: Annotated[
        Literal["none", "horizontal", "vertical"], "Then mirror it: left to right, or upside down"
    ] = "none",
    background: Annotated[Color, "What fills the corners, such as white, #00ff00 or transparent"] = "white",
    output_path: Output = "",
) -> dict[str, object]:
    """Turn a picture, mirror it, or both."""
    turn = {"degrees": degrees, "flip": flip, "background": background}
    return await edited(context, "picture_edits.rotate", image_path, output_path, "rotated", turn)


@tool(
    category="image",
    facts=EDITS,
    example=Example(
        arguments={"image_path": "flag.png", "format": "bmp"},
        result={
            "input_file": "flag.png",
            "output_file": "flag_converted.bmp",
            "width": 40,
            "height": 20,
            "format": "BMP",
            "file_size_bytes": 2454,
        },
        files=GIVEN,
    ),
)
async def image_convert(
    context: ToolContext,
    *,
    image_path: Input,
    format: Annotated[Literal["png", "jpg", "webp", "gif", "bmp", "tiff"], "When no output_path says it"] = "png",
    quality: Annotated[int, Field(ge=1, le=100), "For jpg and webp"] = 85,
    background: Annotated[Color, "What shows through where the format knows no transparency"] = "white",
    output_path: Output = "",
) -> dict[str, object]:
    """Write a picture in another format."""
    output = output_path or f"{image_path.rpartition('.')[0] or image_path}_converted.{format}"
    how = {"quality": quality, "background": background}
    return await edited(context, "picture_edits.convert", image_path, output, "converted", how)


@tool(
    category="image",
    facts=EDITS,
    example=Example(
        arguments={"image_path": "flag.png", "grayscale": True, "contrast": 1.5, "output_path": "gray.bmp"},
        result={
            "input_file": "flag.png",
            "output_file": "gray.bmp",
            "width": 40,
            "height": 20,
            "format": "BMP",
            "file_size_bytes": 2454,
        },
        files=GIVEN,
    ),
)
async def image_adjust(
    context: ToolContext,
    *,
    image_path: Input,
    brightness: Annotated[Factor, "1 leaves it as it is; 0 is black"] = 1.0,
    contrast: Annotated[Factor, "1 leaves it; 0 is grey"] = 1.0,
    saturation: Annotated[Factor, "1 leaves it; 0 takes the colour away"] = 1.0,
    sharpness: Annotated[Factor, "1 leaves it; 0 is soft"] = 1.0,
    grayscale: Annotated[bool, "Without colour"] = False,
    invert: Annotated[bool, "As a negative"] = False,
    output_path: Output = "",
) -> dict[str, object]:
    """Change a picture's brightness, contrast, saturation or sharpness, or take its colour."""
    by = {
        "brightness": brightness,
        "contrast": contrast,
        "saturation": saturation,
        "sharpness": sharpness,
        "grayscale": grayscale,
        "invert": invert,
    }
    return await edited(context, "picture_edits.adjust", image_path, output_path, "adjusted", by)
