# pyright: basic
"""Opens and keeps pictures: within a bound of pixels, upright, with all frames where they move."""

import os
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Any

from PIL import Image, ImageColor, ImageOps, ImageSequence, UnidentifiedImageError

from sandbox.programs.refusal import Refused

MOST_PIXELS = 52_000_000
"""Of all frames together; a decoded one takes four bytes."""
LONGEST_SIDE = 16_000
LARGEST = 32 * 1024 * 1024
"""Bytes of a file that the jail gives back."""
READ = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF", "ICO", "PPM", "TGA", "AVIF")
WRITTEN = {
    "png": "PNG",
    "jpg": "JPEG",
    "jpeg": "JPEG",
    "webp": "WEBP",
    "gif": "GIF",
    "bmp": "BMP",
    "tif": "TIFF",
    "tiff": "TIFF",
}
MOVE = {"GIF", "WEBP", "PNG"}
"""Formats that hold a moving picture."""
OPAQUE = {"JPEG", "BMP"}
Image.MAX_IMAGE_PIXELS = MOST_PIXELS

Picture = Image.Image


def opened(path: str) -> Picture:
    """The file, its pixels not read yet. Raises Refused for what is no picture, or too large."""
    try:
        picture = Image.open(path, formats=READ)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Refused(f"{path} has more than {MOST_PIXELS // 10**6} million pixels.") from None
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError):
        raise Refused(f"{path} is not a picture that can be read ({', '.join(READ)}).") from None
    width, height = picture.size
    if width * height * frames_of(picture) > MOST_PIXELS:
        raise Refused(f"{path} has more than {MOST_PIXELS // 10**6} million pixels in all its frames.")
    return picture


def loaded(path: str) -> Picture:
    """The first frame, upright, in one of the modes `L`, `RGB` and `RGBA`. Raises Refused."""
    return _upright(opened(path), path)


def frames_of(picture: Picture) -> int:
    """How many frames it has."""
    try:
        return int(getattr(picture, "n_frames", 1))
    except (OSError, ValueError, SyntaxError, EOFError):
        return 1


def changed(
    path: str, output: str, change: Callable[[Picture], Picture], *, quality: int = 90, background: str = "white"
) -> dict[str, object]:
    """Change each frame and keep the result under `output`, in the format that its name ends in. Raises Refused."""
    format_ = format_of(output)
    source = opened(path)
    if format_ not in MOVE or frames_of(source) == 1:
        return saved(change(_upright(source, path)), output, quality=quality, background=background)
    frames, durations = [], []
    for frame in ImageSequence.Iterator(source):
        frames.append(change(_upright(frame.copy(), path)))
        durations.append(frame.info.get("duration") or 100)
    moving = {"save_all": True, "append_images": frames[1:], "duration": durations, "loop": source.info.get("loop", 0)}
    moving |= {"disposal": 2} if format_ == "GIF" else {}
    return saved(frames[0], output, quality=quality, background=background, **moving)


def saved(
    picture: Picture, output: str, *, quality: int = 90, background: str = "white", **more: Any
) -> dict[str, object]:
    """Write it, without what its file knew besides the pixels. Raises Refused."""
    format_ = format_of(output)
    if profile := picture.info.get("icc_profile"):
        more["icc_profile"] = profile
    if format_ in OPAQUE and picture.mode == "RGBA":
        picture = flattened(picture, background)
    if format_ in {"JPEG", "WEBP"}:
        more["quality"] = quality
    os.makedirs(os.path.dirname(output) or ".", exist_ok=True)
    picture.save(output, format_, **more)
    size = os.path.getsize(output)
    if size > LARGEST:
        os.remove(output)
        raise Refused(f"The result would take more than {LARGEST // 2**20} MiB; make it smaller, or a .jpg.")
    told = {"width": picture.width, "height": picture.height, "format": format_, "file_size_bytes": size}
    frames = 1 + len(more.get("append_images", ()))
    return {**told, "frames": frames} if frames > 1 else told


def format_of(output: str) -> str:
    """Which format a name asks for. Raises Refused."""
    try:
        return WRITTEN[PurePosixPath(output).suffix[1:].lower()]
    except KeyError:
        raise Refused(
            f"A picture's name ends in one of {', '.join('.' + each for each in WRITTEN)}: {output}"
        ) from None


def flattened(picture: Picture, background: str) -> Picture:
    """The picture on a ground that nothing shows through."""
    ground = Image.new("RGBA", picture.size, color(background))
    return Image.alpha_composite(ground, picture.convert("RGBA")).convert("RGB")


def color(name: str) -> tuple[int, ...]:
    """Red, green, blue and opacity of a colour such as `red`, `#ff0000` or `#ff000080`. Raises Refused."""
    try:
        return ImageColor.getcolor(name, "RGBA")  # pyright: ignore[reportReturnType]
    except ValueError:
        raise Refused(f"{name!r} is no colour; write one like red, #ff0000 or #ff000080.") from None


def fits(width: int, height: int) -> tuple[int, int]:
    """These sides, at least one pixel each. Raises Refused for a picture that would be too large."""
    width, height = max(1, width), max(1, height)
    if max(width, height) > LONGEST_SIDE or width * height > MOST_PIXELS:
        raise Refused(
            f"{width} by {height} is too large: {LONGEST_SIDE} a side and {MOST_PIXELS // 10**6} million pixels."
        )
    return width, height


def _upright(picture: Picture, path: str) -> Picture:
    try:
        picture.load()
        ImageOps.exif_transpose(picture, in_place=True)
        made = _in_a_plain_mode(picture)
    except (OSError, ValueError, SyntaxError, EOFError) as error:
        raise Refused(f"{path} is damaged: {error}") from None
    profile = made.info.get("icc_profile") if picture.mode in {"RGB", "RGBA"} else None
    made.info = {"icc_profile": profile} if profile else {}
    return made


def _in_a_plain_mode(picture: Picture) -> Picture:
    if picture.mode.startswith("I"):
        return picture.convert("I").point(lambda level: level / 256).convert("L")
    if picture.has_transparency_data:
        return picture.convert("RGBA")
    return picture if picture.mode in {"L", "RGB"} else picture.convert("L" if picture.mode == "1" else "RGB")
