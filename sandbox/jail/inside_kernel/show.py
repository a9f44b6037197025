"""How a cell's last value and its open plots are shown: as text, as a table, as pictures; each within caps."""

import io
import math
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

MOST_TEXT = 10_000
MOST_ROWS, MOST_COLUMNS, LONGEST_ENTRY = 50, 20, 200
MOST_IMAGES, MOST_IMAGE_BYTES, MOST_BYTES = 8, 2 * 1024 * 1024, 4 * 1024 * 1024


@dataclass
class Shown:
    """What is shown of a cell."""

    value: str | None = None
    table: dict[str, Any] | None = None
    images: list[bytes] = field(default_factory=list[bytes])
    notes: list[str] = field(default_factory=list[str])

    def add(self, more: "Shown") -> None:
        """Show this too, where there is room."""
        self.value = self.value or more.value
        self.table = self.table or more.table
        for image in more.images:
            if len(image) > MOST_IMAGE_BYTES or sum(map(len, self.images)) + len(image) > MOST_BYTES:
                self.notes.append("A picture was too large to be shown.")
            elif len(self.images) < MOST_IMAGES:
                self.images.append(image)
        self.notes += more.notes


def shown(value: Any) -> Shown:
    """A value as people want to see it."""
    if value is None:
        return Shown()
    if _is(value, "pandas", "DataFrame"):
        return _table(value)
    if _is(value, "pandas", "Series"):
        return _table(value.to_frame())
    if _is(value, "PIL.Image", "Image"):
        return Shown(value=_text(value), images=[_png(value.convert("RGBA").save)])
    if _is(value, "matplotlib.figure", "Figure"):
        image = _drawn(value)
        _close(value)
        return Shown(images=[image])
    return Shown(value=_text(value))


def figures() -> Shown:
    """The plots that are open, which are closed by this."""
    pyplot: Any = sys.modules.get("matplotlib.pyplot")
    if pyplot is None:
        return Shown()
    seen = Shown()
    numbers: list[int] = pyplot.get_fignums()
    try:
        seen.images = [_drawn(pyplot.figure(number)) for number in numbers[:MOST_IMAGES]]
    finally:
        pyplot.close("all")
    if len(numbers) > MOST_IMAGES:
        seen.notes.append(f"{len(numbers) - MOST_IMAGES} more plots were not shown.")
    return seen


def _is(value: object, module: str, name: str) -> bool:
    """Whether it is one of these, without importing what nobody has imported."""
    kind = getattr(sys.modules.get(module), name, None)
    return isinstance(kind, type) and isinstance(value, kind)


def _text(value: object) -> str:
    text = repr(value)
    return text if len(text) <= MOST_TEXT else f"{text[:MOST_TEXT]}… ({len(text) - MOST_TEXT} more characters)"


def _table(frame: Any) -> Shown:
    """The first rows and columns; the index is a column of its own unless it only counts."""
    rows, columns = frame.shape
    head = frame.iloc[:MOST_ROWS, :MOST_COLUMNS]
    names = [str(name)[:LONGEST_ENTRY] for name in head.columns]
    entries = [[_entry(value) for value in row] for row in head.itertuples(index=False, name=None)]
    if type(frame.index).__name__ != "RangeIndex":
        names.insert(0, str(frame.index.name or "")[:LONGEST_ENTRY])
        entries = [[_entry(label), *row] for label, row in zip(head.index, entries, strict=True)]
    table = {"columns": names, "rows": entries, "total_rows": int(rows), "total_columns": int(columns)}
    return Shown(table=table)


def _entry(value: Any) -> str | int | float | bool | None:
    if hasattr(value, "item") and getattr(value, "ndim", None) == 0:
        value = value.item()
    if value is None or isinstance(value, bool | int):
        return value if value is None or abs(value) < 2**53 else str(value)[:LONGEST_ENTRY]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    text = str(value)
    return None if text in ("NaT", "<NA>") else text[:LONGEST_ENTRY]


def _drawn(figure: Any) -> bytes:
    return _png(partial(figure.savefig, bbox_inches="tight"))


def _png(save: Callable[..., object]) -> bytes:
    file = io.BytesIO()
    save(file, format="png")
    return file.getvalue()


def _close(figure: Any) -> None:
    pyplot: Any = sys.modules.get("matplotlib.pyplot")
    if pyplot is not None:
        pyplot.close(figure)
