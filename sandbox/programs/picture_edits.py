# pyright: basic
"""Changes of pictures: size, part, turn, format, light, and what must not be seen."""

from typing import Any

from PIL import Image, ImageEnhance, ImageFilter, ImageOps

from sandbox.programs.pictures import Picture, changed, color, fits, opened
from sandbox.programs.refusal import Refused

Box = dict[str, int]
CLOSELY, PIXELS = 12, 8
"""The least radius of a blur that hides, and how many pixels a hidden part keeps along its longer side."""


def resize(path: str, output: str, width: int, height: int, fit: str) -> dict[str, object]:
    """Another size: within both sides, filling both (what is over is cut off), or stretched to both."""

    def change(picture: Picture) -> Picture:
        if not (width and height):
            ratio = (width / picture.width) if width else (height / picture.height)
            return _sized(picture, round(picture.width * ratio), round(picture.height * ratio))
        if fit == "stretch":
            return _sized(picture, width, height)
        if fit == "cover":
            return ImageOps.fit(picture, fits(width, height), Image.Resampling.LANCZOS)
        ratio = min(width / picture.width, height / picture.height)
        return _sized(picture, round(picture.width * ratio), round(picture.height * ratio))

    return changed(path, output, change)


def thumbnail(path: str, output: str, size: int) -> dict[str, object]:
    """No side longer than `size`; a smaller picture stays as it is. The first frame of a moving one."""

    def change(picture: Picture) -> Picture:
        ratio = min(1.0, size / max(picture.size))
        return _sized(picture, round(picture.width * ratio), round(picture.height * ratio))

    return changed(path, output, change, quality=80)


def crop(path: str, output: str, left: int, top: int, width: int, height: int) -> dict[str, object]:
    """What lies within a box, as far as there is anything."""

    def change(picture: Picture) -> Picture:
        right, bottom = min(picture.width, left + width), min(picture.height, top + height)
        if left >= right or top >= bottom:
            raise Refused(f"The box lies outside of the picture, which is {picture.width} by {picture.height}.")
        return picture.crop((left, top, right, bottom))

    return changed(path, output, change)


def rotate(path: str, output: str, degrees: float, flip: str, background: str) -> dict[str, object]:
    """Turned clockwise, then mirrored. Quarter turns are exact; others grow the picture and fill its corners."""

    def change(picture: Picture) -> Picture:
        quarters, rest = divmod(degrees, 90)
        if rest == 0:
            turned = picture if quarters % 4 == 0 else picture.transpose(QUARTERS[int(quarters % 4)])
        else:
            side = round((picture.width**2 + picture.height**2) ** 0.5)
            fits(side, side)
            turned = picture.convert("RGBA").rotate(-degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=fill)
        return turned.transpose(FLIPS[flip]) if flip in FLIPS else turned

    fill = (0, 0, 0, 0) if background == "transparent" else color(background)
    return changed(path, output, change)


def convert(path: str, output: str, quality: int, background: str) -> dict[str, object]:
    """The same picture in another format."""
    color(background)
    return changed(path, output, lambda picture: picture, quality=quality, background=background)


def adjust(path: str, output: str, **by: Any) -> dict[str, object]:
    """Brighter, more contrast, more colour, sharper (1 leaves it), or without colour, or inverted."""

    def change(picture: Picture) -> Picture:
        alpha = picture.getchannel("A") if picture.mode == "RGBA" else None
        made = picture.convert("RGB")
        for name, enhancer in ENHANCERS:
            made = enhancer(made).enhance(by[name]) if by[name] != 1 else made
        made = ImageOps.grayscale(made).convert("RGB") if by["grayscale"] else made
        made = ImageOps.invert(made) if by["invert"] else made
        if alpha is not None:
            made.putalpha(alpha)
        return made

    return changed(path, output, change)


def hide(path: str, output: str, regions: list[Box], method: str) -> dict[str, object]:
    """Make parts unreadable: as a few large pixels, blurred, or black."""

    def change(picture: Picture) -> Picture:
        made = picture.copy()
        for region in regions:
            box = (region["left"], region["top"], region["left"] + region["width"], region["top"] + region["height"])
            right, bottom = min(made.width, box[2]), min(made.height, box[3])
            if box[0] >= right or box[1] >= bottom:
                raise Refused(f"A region lies outside of the picture, which is {made.width} by {made.height}.")
            part = made.crop((box[0], box[1], right, bottom))
            made.paste(_hidden(part, method), (box[0], box[1]))
        return made

    return {**changed(path, output, change), "regions": len(regions)}


def strip(path: str, output: str) -> dict[str, object]:
    """The pixels without what the file knows besides: place, camera, time, texts. A camera's turn is carried out."""
    source = opened(path)
    had = sorted(name for name in map(str, source.info) if name not in HARMLESS)
    had += ["gps"] if source.getexif().get_ifd(GPS) else []
    return {**changed(path, output, lambda picture: picture, quality=95), "removed": had}


def _sized(picture: Picture, width: int, height: int) -> Picture:
    return picture.resize(fits(width, height), Image.Resampling.LANCZOS)


def _hidden(part: Picture, method: str) -> Picture:
    if method == "fill":
        return Image.new(part.mode, part.size, 0 if part.mode == "L" else "black")
    if method == "blur":
        return part.filter(ImageFilter.GaussianBlur(max(CLOSELY, max(part.size) / 6)))
    ratio = PIXELS / max(part.size)
    small = (max(1, round(part.width * ratio)), max(1, round(part.height * ratio)))
    return part.resize(small, Image.Resampling.BOX).resize(part.size, Image.Resampling.NEAREST)


QUARTERS = {1: Image.Transpose.ROTATE_270, 2: Image.Transpose.ROTATE_180, 3: Image.Transpose.ROTATE_90}
FLIPS = {"horizontal": Image.Transpose.FLIP_LEFT_RIGHT, "vertical": Image.Transpose.FLIP_TOP_BOTTOM}
ENHANCERS = (
    ("brightness", ImageEnhance.Brightness),
    ("contrast", ImageEnhance.Contrast),
    ("saturation", ImageEnhance.Color),
    ("sharpness", ImageEnhance.Sharpness),
)
GPS = 0x8825
HARMLESS = frozenset(
    "icc_profile jfif jfif_version jfif_unit jfif_density adobe adobe_transform dpi gamma srgb transparency background "
    "duration loop disposal timestamp default_image version extension interlace progressive progression "
    "compression".split()
)
"""What Pillow tells of a file that says nothing about a person."""
