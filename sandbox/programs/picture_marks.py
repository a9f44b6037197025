# pyright: basic
"""Draws on pictures, and puts several on one sheet."""

import importlib.util
import math
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont, ImageOps

from sandbox.programs.pictures import Picture, changed, color, fits, flattened, loaded, saved
from sandbox.programs.refusal import Refused

Mark = dict[str, Any]
HEAD = 0.45
"""Half the angle of an arrow's head."""
CAPTION = 16


def annotate(path: str, output: str, marks: list[Mark]) -> dict[str, object]:
    """Draw texts, boxes, ellipses, lines and arrows on it, in their order."""

    def change(picture: Picture) -> Picture:
        layer = Image.new("RGBA", picture.size, (0, 0, 0, 0))
        drawing = ImageDraw.Draw(layer)
        for mark in marks:
            DRAWN[mark["kind"]](drawing, mark, color(mark["color"]), _thickness(mark, picture))
        made = Image.alpha_composite(picture.convert("RGBA"), layer)
        return made if picture.mode == "RGBA" else made.convert("RGB")

    return {**changed(path, output, change), "marks": len(marks)}


def collage(
    paths: list[str], output: str, columns: int, cell: list[int], gap: int, background: str, captions: list[str]
) -> dict[str, object]:
    """Put pictures on a sheet, row by row, each as large as fits its cell, with a line below if captions are given."""
    columns = columns or math.ceil(math.sqrt(len(paths)))
    rows = math.ceil(len(paths) / columns)
    below = CAPTION + 8 if captions else 0
    width, height = cell
    size = fits(columns * (width + gap) + gap, rows * (height + below + gap) + gap)
    ground = color(background)
    sheet = Image.new("RGB", size, ground[:3])
    drawing = ImageDraw.Draw(sheet)
    ink = "black" if sum(ground[:3]) > 380 else "white"
    for at, path in enumerate(paths):
        left, top = gap + at % columns * (width + gap), gap + at // columns * (height + below + gap)
        picture = ImageOps.contain(flattened(loaded(path), background), (width, height), Image.Resampling.LANCZOS)
        sheet.paste(picture, (left + (width - picture.width) // 2, top + (height - picture.height) // 2))
        if at < len(captions):
            middle = (left + width // 2, top + height + below // 2)
            drawing.text(middle, captions[at], fill=ink, font=font(CAPTION), anchor="mm")
    return {**saved(sheet, output), "columns": columns, "rows": rows}


def font(size: int) -> ImageFont.FreeTypeFont:
    """DejaVu Sans, which matplotlib brings: Latin, Greek, Cyrillic, Arabic, and many signs."""
    found = importlib.util.find_spec("matplotlib")
    if found is None or found.origin is None:
        raise Refused("There is no font to write with.")
    return ImageFont.truetype(Path(found.origin).parent / "mpl-data/fonts/ttf/DejaVuSans.ttf", size)


def _text(drawing: ImageDraw.ImageDraw, mark: Mark, ink: Any, thickness: int) -> None:
    shade = (255, 255, 255, 255) if sum(ink[:3]) < 380 else (0, 0, 0, 255)
    size = mark["size"] or 20
    where = (mark["x"], mark["y"])
    drawing.text(where, mark["text"], fill=ink, font=font(size), stroke_width=max(1, size // 12), stroke_fill=shade)


def _box(drawing: ImageDraw.ImageDraw, mark: Mark, ink: Any, thickness: int) -> None:
    drawing.rectangle(_ordered(mark), outline=ink, width=thickness)


def _ellipse(drawing: ImageDraw.ImageDraw, mark: Mark, ink: Any, thickness: int) -> None:
    drawing.ellipse(_ordered(mark), outline=ink, width=thickness)


def _line(drawing: ImageDraw.ImageDraw, mark: Mark, ink: Any, thickness: int) -> None:
    drawing.line((mark["x"], mark["y"], mark["to_x"], mark["to_y"]), fill=ink, width=thickness)


def _arrow(drawing: ImageDraw.ImageDraw, mark: Mark, ink: Any, thickness: int) -> None:
    """A line, and a head whose tip lies where it points to."""
    tip = (mark["to_x"], mark["to_y"])
    angle = math.atan2(tip[1] - mark["y"], tip[0] - mark["x"])
    reach = thickness * 4 + 4
    wings = [
        (tip[0] - reach * math.cos(angle + turn), tip[1] - reach * math.sin(angle + turn)) for turn in (HEAD, -HEAD)
    ]
    neck = (tip[0] - reach * 0.8 * math.cos(angle), tip[1] - reach * 0.8 * math.sin(angle))
    drawing.line((mark["x"], mark["y"], *neck), fill=ink, width=thickness)
    drawing.polygon([tip, *wings], fill=ink)


def _ordered(mark: Mark) -> tuple[int, int, int, int]:
    xs, ys = sorted((mark["x"], mark["to_x"])), sorted((mark["y"], mark["to_y"]))
    return xs[0], ys[0], xs[1], ys[1]


def _thickness(mark: Mark, picture: Picture) -> int:
    return mark["size"] or max(2, round(max(picture.size) / 250))


DRAWN = {"text": _text, "box": _box, "ellipse": _ellipse, "line": _line, "arrow": _arrow}
