# pyright: basic
"""Looks at pictures: what they are, which colours they hold, how two differ."""

import os
from typing import Any

import numpy as np
from PIL import ExifTags, Image, ImageChops

from sandbox.programs.pictures import Picture, flattened, frames_of, loaded, opened, saved
from sandbox.programs.refusal import Refused

LONGEST_TEXT = 100
TOLD = ("Make", "Model", "Software", "DateTime", "Orientation", "Artist", "Copyright", "ImageDescription")
"""What is told of a camera's notes, if they are there."""
GPS = 0x8825
SMALL = 200
"""Pixels a side that colours are counted in."""


def info(path: str) -> dict[str, object]:
    """Format, size, frames and the camera's notes."""
    picture = opened(path)
    exif = picture.getexif()
    named = {ExifTags.TAGS.get(tag, ""): value for tag, value in exif.items()}
    notes = {name: str(named[name]).strip("\0 ")[:LONGEST_TEXT] for name in TOLD if name in named}
    dpi: Any = picture.info.get("dpi")
    return {
        "width": picture.width,
        "height": picture.height,
        "format": picture.format,
        "mode": picture.mode,
        "has_transparency": picture.has_transparency_data,
        "frames": frames_of(picture),
        "dpi": round(float(dpi[0])) if dpi else None,
        "file_size_bytes": os.path.getsize(path),
        "exif": notes,
        "has_gps": bool(exif.get_ifd(GPS)),
    }


def palette(path: str, colors: int) -> dict[str, object]:
    """The main colours and how much of the picture each covers; what is transparent counts for nothing."""
    picture = loaded(path)
    picture.thumbnail((SMALL, SMALL))
    pixels = np.asarray(picture.convert("RGBA")).reshape(-1, 4)
    opaque = pixels[pixels[:, 3] > 127, :3]
    if not len(opaque):
        raise Refused("It is transparent all over.")
    reduced = Image.fromarray(opaque.reshape(1, -1, 3)).quantize(colors, Image.Quantize.MEDIANCUT)
    values = np.array(reduced.getpalette()).reshape(-1, 3)
    counts = np.bincount(np.asarray(reduced).ravel(), minlength=len(values))
    found = [at for at in np.argsort(-counts, kind="stable") if counts[at]]
    return {
        "colors": [
            {"color": "#" + bytes(values[at].tolist()).hex(), "share": round(int(counts[at]) / len(opaque), 3)}
            for at in found
        ]
    }


def compare(first: str, second: str, output: str, tolerance: int) -> dict[str, object]:
    """How many pixels differ, how far, and within which box; and a picture of it if asked for."""
    one, other = (loaded(path).convert("RGBA") for path in (first, second))
    if one.size != other.size:
        return {"same": False, "same_size": False, "sizes": [list(one.size), list(other.size)]}
    apart = ImageChops.difference(one, other)
    most = apart.getchannel(0)
    for channel in apart.split()[1:]:
        most = ImageChops.lighter(most, channel)
    beyond = most.point([0] * (tolerance + 1) + [255] * (255 - tolerance))
    count = beyond.histogram()[255]
    box = beyond.getbbox()
    told = {
        "same": count == 0,
        "same_size": True,
        "different_pixels": count,
        "different_share": round(count / (one.width * one.height), 4),
        "largest_difference": most.getextrema()[1],
        "box": None if box is None else dict(zip(("left", "top", "right", "bottom"), box, strict=True)),
    }
    if output:
        saved(_marked(flattened(one, "white"), beyond), output)
    return told


def _marked(picture: Picture, beyond: Picture) -> Picture:
    """The picture paled, and what differs in red."""
    pale = Image.blend(picture, Image.new("RGB", picture.size, "white"), 0.7)
    pale.paste((220, 0, 0), mask=beyond)
    return pale
