"""Changes of pictures, by the pixels that are then in them; they are written as BMP, which is read here by hand."""

import struct
import zlib
from collections.abc import Mapping
from typing import cast

import pytest

from cluster.errors import Invalid
from sandbox.errors import ArgumentsInvalid, ToolFailed
from sandbox.jail.run import Run
from sandbox.tool import Tool, ToolContext
from sandbox.tools.image_edits import image_adjust, image_convert, image_crop, image_resize, image_rotate
from sandbox.tools.image_examples import COLUMNS, FLAG, png
from sandbox.tools.image_marks import image_annotate, image_blur_region, image_collage, image_strip_metadata
from sandbox.tools.images import image_compare, image_info, image_palette
from tests.sandbox.memory_files import MemoryFiles

RED, YELLOW, GREEN, BLUE = COLUMNS
WHITE, BLACK = (255, 255, 255), (0, 0, 0)
Color = tuple[int, int, int]

MAKE = """
from PIL import Image
left = Image.new("RGB", (8, 8), "red")
right = Image.new("RGB", (8, 8), "blue")
left.save("moving.gif", save_all=True, append_images=[right], duration=[70, 140], loop=3)
Image.new("RGBA", (8, 8), (0, 255, 0, 0)).save("clear.png")
half = Image.new("RGB", (20, 10), "red")
half.paste("blue", (10, 0, 20, 10))
notes = Image.Exif()
notes[0x0112], notes[0x010F] = 6, "ACME"
notes.get_ifd(0x8825)[1] = "N"
half.save("photo.jpg", exif=notes, quality=95, comment=b"my house")
Image.new("I;16", (4, 4), 0x8000).save("deep.png")
Image.new("CMYK", (8, 8), (0, 255, 255, 0)).save("print.jpg")
"""
LOOK = """
from PIL import Image
picture = Image.open("moving.gif")
first = picture.info["duration"]
picture.seek(1)
give_result([first, picture.info["duration"], picture.convert("RGB").getpixel((1, 1)), picture.size])
"""


def pixel(content: bytes, x: int, y: int) -> Color:
    """One pixel of a BMP of 24 bits."""
    begin, width, height = struct.unpack("<I4x2i", content[10:26])
    assert struct.unpack("<H", content[28:30]) == (24,)
    at = begin + (height - 1 - y) * ((width * 3 + 3) // 4 * 4) + x * 3
    blue, green, red = content[at : at + 3]
    return red, green, blue


def near(one: Color, other: Color) -> bool:
    return max(abs(a - b) for a, b in zip(one, other, strict=True)) <= 12


@pytest.fixture
def files() -> MemoryFiles:
    """A flag of four colours."""
    return MemoryFiles({"flag.png": FLAG})


@pytest.fixture
async def made(context: ToolContext, files: MemoryFiles) -> MemoryFiles:
    """What a picture can be: moving, clear, sideways with notes, deep, for print."""
    outcome = await context.runner.run(Run(code=MAKE), context.user)
    assert outcome.exit == 0, outcome.stderr
    await files.write(outcome.files)
    return files


async def run(context: ToolContext, tool: Tool, arguments: Mapping[str, object]) -> dict[str, object]:
    return cast("dict[str, object]", await tool.run(context, arguments))


async def bmp(context: ToolContext, files: MemoryFiles, tool: Tool, arguments: Mapping[str, object]) -> bytes:
    """What an edit of the flag makes of it."""
    await tool.run(context, {"image_path": "flag.png", "output_path": "out.bmp", **arguments})
    return files.contents["out.bmp"]


@pytest.mark.parametrize(
    ("wanted", "size"),
    [
        ({"width": 20}, (20, 10)),
        ({"height": 40}, (80, 40)),
        ({"width": 10, "height": 10}, (10, 5)),
        ({"width": 10, "height": 10, "fit": "stretch"}, (10, 10)),
        ({"width": 10, "height": 10, "fit": "cover"}, (10, 10)),
        ({"height": 1, "width": 1}, (1, 1)),
    ],
)
async def test_a_picture_gets_the_size_that_was_asked_for(
    context: ToolContext, wanted: dict[str, object], size: tuple[int, int]
):
    told = await run(context, image_resize, {"image_path": "flag.png", **wanted})
    assert (told["width"], told["height"]) == size


async def test_covering_cuts_the_sides_and_stretching_does_not(context: ToolContext, files: MemoryFiles):
    stretched = await bmp(context, files, image_resize, {"width": 20, "height": 20, "fit": "stretch"})
    covered = await bmp(context, files, image_resize, {"width": 20, "height": 20, "fit": "cover"})
    assert [near(pixel(stretched, x, 10), color) for x, color in zip((2, 7, 12, 17), COLUMNS, strict=True)] == [
        True
    ] * 4
    assert near(pixel(covered, 2, 10), YELLOW)
    assert near(pixel(covered, 17, 10), GREEN)


async def test_a_part_is_cut_out(context: ToolContext, files: MemoryFiles):
    part = await bmp(context, files, image_crop, {"left": 9, "top": 5, "width": 12, "height": 999})
    assert struct.unpack("<2i", part[18:26]) == (12, 15)
    assert [pixel(part, x, 0) for x in (0, 1, 11)] == [RED, YELLOW, GREEN]


async def test_a_part_outside_of_the_picture_is_refused(context: ToolContext):
    with pytest.raises(ToolFailed, match="outside of the picture, which is 40 by 20"):
        await image_crop.run(context, {"image_path": "flag.png", "left": 40, "width": 1, "height": 1})


async def test_it_turns_clockwise_and_mirrors(context: ToolContext, files: MemoryFiles):
    turned = await bmp(context, files, image_rotate, {"degrees": 90})
    assert [pixel(turned, 10, y) for y in (0, 39)] == [RED, BLUE]
    back = await bmp(context, files, image_rotate, {"degrees": -90})
    assert [pixel(back, 10, y) for y in (0, 39)] == [BLUE, RED]
    mirrored = await bmp(context, files, image_rotate, {"flip": "horizontal"})
    assert pixel(mirrored, 0, 0) == BLUE
    same = await bmp(context, files, image_rotate, {"degrees": 360})
    assert pixel(same, 0, 0) == RED


async def test_an_oblique_turn_fills_the_corners(context: ToolContext, files: MemoryFiles):
    turned = await bmp(context, files, image_rotate, {"degrees": 45, "background": "#010203"})
    assert pixel(turned, 0, 0) == (1, 2, 3)


async def test_light_and_colour_are_adjusted(context: ToolContext, files: MemoryFiles):
    assert pixel(await bmp(context, files, image_adjust, {"brightness": 0}), 5, 5) == BLACK
    assert pixel(await bmp(context, files, image_adjust, {"invert": True}), 5, 5) == (35, 215, 215)
    grey = pixel(await bmp(context, files, image_adjust, {"grayscale": True}), 35, 5)
    assert len(set(grey)) == 1
    assert near(pixel(await bmp(context, files, image_adjust, {"saturation": 0}), 35, 5), grey)


async def test_transparency_stays_where_the_format_has_it(context: ToolContext, made: MemoryFiles):
    for name in ("clear.webp", "clear.gif", "clear.tiff"):
        await image_adjust.run(context, {"image_path": "clear.png", "invert": True, "output_path": name})
        assert (await run(context, image_info, {"image_path": name}))["has_transparency"] is True
    flat = await bmp(context, made, image_convert, {"image_path": "clear.png", "background": "blue"})
    assert pixel(flat, 3, 3) == (0, 0, 255)


async def test_a_moving_picture_keeps_its_frames_and_its_pace(context: ToolContext, made: MemoryFiles):
    told = await run(context, image_resize, {"image_path": "moving.gif", "width": 4})
    assert told["frames"] == 2
    outcome = await context.runner.run(
        Run(
            code=LOOK,
            files={"moving.gif": made.contents["moving_resized.gif"]},
        ),
        context.user,
    )
    assert outcome.result == [70, 140, [0, 0, 255], [4, 4]], outcome.stderr
    still = await bmp(context, made, image_convert, {"image_path": "moving.gif"})
    assert pixel(still, 1, 1) == (255, 0, 0)


async def test_a_sideways_photo_is_seen_upright(context: ToolContext, made: MemoryFiles):
    upright = await bmp(context, made, image_convert, {"image_path": "photo.jpg"})
    assert struct.unpack("<2i", upright[18:26]) == (10, 20)
    assert near(pixel(upright, 5, 2), (254, 0, 0))
    assert near(pixel(upright, 5, 17), (0, 0, 254))


async def test_what_a_file_knows_of_a_person_is_taken_out(context: ToolContext, made: MemoryFiles):
    before = await run(context, image_info, {"image_path": "photo.jpg"})
    assert before["exif"] == {"Make": "ACME", "Orientation": "6"}
    assert before["has_gps"] is True
    told = await run(context, image_strip_metadata, {"image_path": "photo.jpg"})
    assert told["removed"] == ["comment", "exif", "gps"]
    after = await run(context, image_info, {"image_path": "photo_stripped.jpg"})
    assert (after["exif"], after["has_gps"]) == ({}, False)
    stripped = made.contents["photo_stripped.jpg"]
    assert b"ACME" not in stripped
    assert b"my house" not in stripped


@pytest.mark.parametrize("edit", [image_convert, image_adjust, image_rotate])
async def test_no_edit_hands_on_what_a_file_knows(context: ToolContext, made: MemoryFiles, edit: Tool):
    for name in ("out.jpg", "out.png", "out.webp", "out.tiff"):
        await edit.run(context, {"image_path": "photo.jpg", "output_path": name})
        assert b"ACME" not in made.contents[name]
        assert b"my house" not in made.contents[name]


async def test_other_kinds_of_pixels_are_understood(context: ToolContext, made: MemoryFiles):
    deep = await bmp(context, made, image_rotate, {"image_path": "deep.png", "degrees": 10})
    assert near(pixel(deep, 3, 3), (128, 128, 128))
    ink = await bmp(context, made, image_convert, {"image_path": "print.jpg"})
    assert near(pixel(ink, 3, 3), (255, 0, 0))


@pytest.mark.parametrize("method", ["pixelate", "blur", "fill"])
async def test_a_hidden_part_cannot_be_read(context: ToolContext, files: MemoryFiles, method: str):
    files.contents["fine.png"] = png(64, 64, lambda x, y: WHITE if (x + y) % 2 else BLACK)
    region = {"left": 16, "top": 16, "width": 100, "height": 16}
    hidden = await bmp(
        context, files, image_blur_region, {"image_path": "fine.png", "regions": [region], "method": method}
    )
    inside = {pixel(hidden, x, y)[0] for x in range(16, 64) for y in range(16, 32)}
    assert max(inside) - min(inside) < 40, "the pattern is gone"
    assert {pixel(hidden, x, 40)[0] for x in range(64)} == {0, 255}, "and stays elsewhere"


async def test_marks_are_drawn_where_they_belong(context: ToolContext, files: MemoryFiles):
    files.contents["page.png"] = png(200, 100, lambda x, y: WHITE)
    marks = [
        {"kind": "box", "x": 90, "y": 80, "to_x": 20, "to_y": 10, "color": "#0000ff", "size": 3},
        {"kind": "arrow", "x": 190, "y": 90, "to_x": 120, "to_y": 20, "color": "black", "size": 3},
        {"kind": "text", "x": 30, "y": 20, "text": "Ж", "color": "red", "size": 40},
    ]
    marked = await bmp(context, files, image_annotate, {"image_path": "page.png", "marks": marks})
    assert pixel(marked, 20, 40) == (0, 0, 255)
    assert pixel(marked, 55, 75) == WHITE
    assert pixel(marked, 122, 22) == BLACK, "the tip lies where it points to"
    assert pixel(marked, 110, 12) == WHITE
    letters = [(x, y) for x in range(25, 85) for y in range(15, 75) if pixel(marked, x, y) == (255, 0, 0)]
    assert len(letters) > 100


async def test_a_sheet_holds_its_pictures_in_rows(context: ToolContext, files: MemoryFiles):
    for name, color in (("a", RED), ("b", GREEN), ("c", BLUE)):
        files.contents[f"{name}.png"] = png(10, 10, lambda x, y, color=color: color)
    cells = {"columns": 2, "cell_width": 20, "cell_height": 20, "gap": 2, "background": "black"}
    told = await run(
        context, image_collage, {"image_paths": ["a.png", "b.png", "c.png"], "output_path": "s.bmp", **cells}
    )
    sheet = files.contents["s.bmp"]
    assert (told["width"], told["height"], told["rows"]) == (46, 46, 2)
    assert [pixel(sheet, *at) for at in ((12, 12), (34, 12), (12, 34), (34, 34))] == [RED, GREEN, BLUE, BLACK]


async def test_two_pictures_are_compared(context: ToolContext, files: MemoryFiles):
    def touched(x: int, y: int) -> Color:
        return (0, 0, 0) if (x, y) == (7, 3) else (COLUMNS[x // 10][0] ^ 1, *COLUMNS[x // 10][1:])

    files.contents["other.png"] = png(40, 20, touched)
    paths = {"first_path": "flag.png", "second_path": "other.png"}
    all_of_it = await run(context, image_compare, paths)
    assert all_of_it["different_pixels"] == 800
    told = await run(context, image_compare, {**paths, "tolerance": 1, "output_path": "where.bmp"})
    assert (told["different_pixels"], told["largest_difference"]) == (1, 220)
    assert told["box"] == {"left": 7, "top": 3, "right": 8, "bottom": 4}
    assert pixel(files.contents["where.bmp"], 7, 3) == (220, 0, 0)


async def test_pictures_of_other_sizes_are_not_compared(context: ToolContext, files: MemoryFiles):
    files.contents["other.png"] = png(4, 2, lambda x, y: WHITE)
    told = await run(context, image_compare, {"first_path": "flag.png", "second_path": "other.png"})
    assert told == {"same": False, "same_size": False, "sizes": [[40, 20], [4, 2]]}


async def test_the_main_colours_are_found(context: ToolContext):
    told = await run(context, image_palette, {"image_path": "flag.png", "colors": 4})
    found = {cast("str", color["color"]) for color in cast("list[dict[str, object]]", told["colors"])}
    assert found == {"#" + bytes(color).hex() for color in COLUMNS}


def bomb(width: int, height: int) -> bytes:
    """A small file that promises very many pixels."""
    head = struct.pack(">2I5B", width, height, 1, 0, 0, 0, 0)
    body = zlib.compress(b"\0" * 1000)
    parts = ((b"IHDR", head), (b"IDAT", body), (b"IEND", b""))
    chunks = (
        struct.pack(">I", len(part)) + kind + part + struct.pack(">I", zlib.crc32(kind + part)) for kind, part in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


@pytest.mark.parametrize("size", [(60_000, 60_000), (9_000, 9_000), (2**31 - 1, 1)])
async def test_a_bomb_is_refused_before_it_is_opened(context: ToolContext, files: MemoryFiles, size: tuple[int, int]):
    files.contents["bomb.png"] = bomb(*size)
    with pytest.raises(ToolFailed, match="more than 52 million pixels"):
        await image_resize.run(context, {"image_path": "bomb.png", "width": 10})


@pytest.mark.parametrize(
    "content", [b"", b"GIF89a", FLAG[:60], b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"x" * 999]
)
async def test_what_is_no_picture_is_refused(context: ToolContext, files: MemoryFiles, content: bytes):
    files.contents["bad.png"] = content
    with pytest.raises(ToolFailed, match=r"^bad\.png is (not a picture that can be read|damaged)"):
        await image_convert.run(context, {"image_path": "bad.png", "output_path": "out.png"})


@pytest.mark.parametrize(
    ("tool", "arguments", "said"),
    [
        (image_resize, {}, "Give a width, a height, or both"),
        (image_resize, {"width": 16_000, "height": 16_000, "fit": "stretch"}, "is too large"),
        (image_convert, {"output_path": "out.svg"}, r"ends in one of \.png"),
        (image_rotate, {"degrees": 3, "background": "chartreusish"}, "is no colour"),
        (image_convert, {"output_path": "flag.png"}, "another name"),
        (image_annotate, {"marks": [{"kind": "text", "x": 1, "y": 1}]}, "needs a text"),
    ],
)
async def test_what_cannot_be_done_is_said(context: ToolContext, tool: Tool, arguments: dict[str, object], said: str):
    with pytest.raises(ToolFailed, match=said):
        await tool.run(context, {"image_path": "flag.png", **arguments})


async def test_mistakes_of_a_model_are_named(context: ToolContext):
    with pytest.raises(Invalid):
        await image_info.run(context, {"image_path": "../flag.png"})
    with pytest.raises(ArgumentsInvalid, match=r"marks\.0\.kind"):
        await image_annotate.run(context, {"image_path": "flag.png", "marks": [{"kind": "star", "x": 1, "y": 1}]})
