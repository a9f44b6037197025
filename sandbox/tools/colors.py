"""Turns colours from one notation into another, and says how well text on them can be read."""

import colorsys
import re
from typing import Annotated

from pydantic import Field

from sandbox.errors import ToolFailed
from sandbox.tool import Example, ToolContext, tool
from sandbox.tools.texts import PURE

NAMED = """
aliceblue f0f8ff, antiquewhite faebd7, aqua 00ffff, aquamarine 7fffd4, azure f0ffff, beige f5f5dc, bisque ffe4c4
black 000000, blanchedalmond ffebcd, blue 0000ff, blueviolet 8a2be2, brown a52a2a, burlywood deb887
cadetblue 5f9ea0, chartreuse 7fff00, chocolate d2691e, coral ff7f50, cornflowerblue 6495ed, cornsilk fff8dc
crimson dc143c, cyan 00ffff, darkblue 00008b, darkcyan 008b8b, darkgoldenrod b8860b, darkgray a9a9a9
darkgreen 006400, darkgrey a9a9a9, darkkhaki bdb76b, darkmagenta 8b008b, darkolivegreen 556b2f
darkorange ff8c00, darkorchid 9932cc, darkred 8b0000, darksalmon e9967a, darkseagreen 8fbc8f
darkslateblue 483d8b, darkslategray 2f4f4f, darkslategrey 2f4f4f, darkturquoise 00ced1, darkviolet 9400d3
deeppink ff1493, deepskyblue 00bfff, dimgray 696969, dimgrey 696969, dodgerblue 1e90ff, firebrick b22222
floralwhite fffaf0, forestgreen 228b22, fuchsia ff00ff, gainsboro dcdcdc, ghostwhite f8f8ff, gold ffd700
goldenrod daa520, gray 808080, green 008000, greenyellow adff2f, grey 808080, honeydew f0fff0, hotpink ff69b4
indianred cd5c5c, indigo 4b0082, ivory fffff0, khaki f0e68c, lavender e6e6fa, lavenderblush fff0f5
lawngreen 7cfc00, lemonchiffon fffacd, lightblue add8e6, lightcoral f08080, lightcyan e0ffff
lightgoldenrodyellow fafad2, lightgray d3d3d3, lightgreen 90ee90, lightgrey d3d3d3, lightpink ffb6c1
lightsalmon ffa07a, lightseagreen 20b2aa, lightskyblue 87cefa, lightslategray 778899, lightslategrey 778899
lightsteelblue b0c4de, lightyellow ffffe0, lime 00ff00, limegreen 32cd32, linen faf0e6, magenta ff00ff
maroon 800000, mediumaquamarine 66cdaa, mediumblue 0000cd, mediumorchid ba55d3, mediumpurple 9370db
mediumseagreen 3cb371, mediumslateblue 7b68ee, mediumspringgreen 00fa9a, mediumturquoise 48d1cc
mediumvioletred c71585, midnightblue 191970, mintcream f5fffa, mistyrose ffe4e1, moccasin ffe4b5
navajowhite ffdead, navy 000080, oldlace fdf5e6, olive 808000, olivedrab 6b8e23, orange ffa500, orangered ff4500
orchid da70d6, palegoldenrod eee8aa, palegreen 98fb98, paleturquoise afeeee, palevioletred db7093
papayawhip ffefd5, peachpuff ffdab9, peru cd853f, pink ffc0cb, plum dda0dd, powderblue b0e0e6, purple 800080
rebeccapurple 663399, red ff0000, rosybrown bc8f8f, royalblue 4169e1, saddlebrown 8b4513, salmon fa8072
sandybrown f4a460, seagreen 2e8b57, seashell fff5ee, sienna a0522d, silver c0c0c0, skyblue 87ceeb
slateblue 6a5acd, slategray 708090, slategrey 708090, snow fffafa, springgreen 00ff7f, steelblue 4682b4
tan d2b48c, teal 008080, thistle d8bfd8, tomato ff6347, turquoise 40e0d0, violet ee82ee, wheat f5deb3
white ffffff, whitesmoke f5f5f5, yellow ffff00, yellowgreen 9acd32
"""
"""The named colours of CSS Color Module Level 4, section 6.1."""
BY_NAME = {name: rgb for name, rgb in (entry.split() for entry in NAMED.replace("\n", ",").split(",") if entry.strip())}
HEX = re.compile(r"#?([0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})")
FUNCTION = re.compile(r"(rgb|hsl)a?\(([^()]*)\)")
NUMBER = re.compile(r"([+-]?\d{0,9}\.?\d{1,9})(%|deg|)")

Rgba = tuple[int, int, int, float]


@tool(
    category="string",
    facts=PURE,
    example=Example(
        arguments={"color": "hsl(120, 100%, 25%)"},
        result={
            "hex": "#008000",
            "rgb": "rgb(0, 128, 0)",
            "hsl": "hsl(120, 100%, 25.1%)",
            "hsv": "hsv(120, 100%, 50.2%)",
            "name": "green",
            "alpha": 1,
            "luminance": 0.1544,
            "contrast_with_white": 5.14,
            "contrast_with_black": 4.09,
        },
    ),
)
async def color_convert(
    context: ToolContext,
    *,
    color: Annotated[
        str, Field(min_length=1, max_length=60), "Such as #08f, rgb(0 128 255), hsl(210, 100%, 50%), teal"
    ],
) -> dict[str, object]:
    """Write a colour as hex, RGB, HSL and HSV, with its CSS name and its contrast with white and black.

    Luminance and contrast ratio as WCAG 2.2 defines them; a ratio of 4.5 is enough for text.
    """
    red, green, blue, alpha = rgba_of(color)
    parts = (red / 255, green / 255, blue / 255)
    light_hue, lightness, light_saturation = colorsys.rgb_to_hls(*parts)
    hue, saturation, value = colorsys.rgb_to_hsv(*parts)
    code = f"{red:02x}{green:02x}{blue:02x}"
    bright = luminance(*parts)
    return {
        "hex": f"#{code}" if alpha == 1 else f"#{code}{round(alpha * 255):02x}",
        "rgb": f"rgb({red}, {green}, {blue})" if alpha == 1 else f"rgba({red}, {green}, {blue}, {alpha:g})",
        "hsl": f"hsl({_shown(light_hue * 360)}, {_shown(light_saturation * 100)}%, {_shown(lightness * 100)}%)",
        "hsv": f"hsv({_shown(hue * 360)}, {_shown(saturation * 100)}%, {_shown(value * 100)}%)",
        "name": next((name for name, known in BY_NAME.items() if known == code), None),
        "alpha": int(alpha) if alpha in (0, 1) else alpha,
        "luminance": round(bright, 4),
        "contrast_with_white": round(1.05 / (bright + 0.05), 2),
        "contrast_with_black": round((bright + 0.05) / 0.05, 2),
    }


def rgba_of(text: str) -> Rgba:
    """A colour as red, green, blue (0 to 255) and opacity (0 to 1). Raises ToolFailed."""
    plain = text.strip().lower()
    plain = f"#{BY_NAME[plain]}" if plain in BY_NAME else plain
    if found := HEX.fullmatch(plain):
        digits = found[1] if len(found[1]) > 4 else "".join(digit * 2 for digit in found[1])
        red, green, blue, *alpha = bytes.fromhex(digits)
        return red, green, blue, round(alpha[0] / 255, 4) if alpha else 1.0
    found = FUNCTION.fullmatch(plain)
    values = [NUMBER.fullmatch(part) for part in re.split(r"\s*[,/]\s*|\s+", found[2].strip())] if found else []
    if found is None or len(values) not in (3, 4) or None in values:
        raise ToolFailed(f"{text!r} is no colour; write it as #rrggbb, rgb(…), hsl(…) or by its CSS name.")
    numbers = [(float(value[1]), value[2]) for value in values if value]
    alpha = _bounded(_share(numbers[3], 1)) if len(numbers) == 4 else 1.0
    if found[1] == "hsl":
        hue, saturation, lightness = (number for number, _ in numbers[:3])
        parts = colorsys.hls_to_rgb(hue % 360 / 360, _bounded(lightness / 100), _bounded(saturation / 100))
    else:
        parts = tuple(_bounded(_share(number, 255)) for number in numbers[:3])
    red, green, blue = (round(round(part * 255, 6)) for part in parts)
    return red, green, blue, round(alpha, 4)


def luminance(red: float, green: float, blue: float) -> float:
    """Relative luminance, 0 to 1, of a colour whose parts go from 0 to 1 (WCAG 2.2, after IEC 61966-2-1)."""
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in (red, green, blue)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _share(number: tuple[float, str], whole: int) -> float:
    """A number of a whole, or a percentage, as a share."""
    value, unit = number
    return value / 100 if unit == "%" else value / whole


def _bounded(share: float) -> float:
    return min(1.0, max(0.0, share))


def _shown(number: float) -> str:
    return f"{round(number, 1):g}"
