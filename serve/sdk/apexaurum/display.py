"""How answers look in a notebook: small tables, with everything escaped that came from elsewhere."""

from collections.abc import Iterable, Sequence
from dataclasses import fields
from datetime import datetime
from html import escape
from typing import Any

LONGEST = 300
"""Characters of a cell."""


class Table:
    """A dataclass that shows itself as a table of its fields."""

    def _repr_html_(self) -> str:
        rows = [(each.name, getattr(self, each.name)) for each in fields(self)]  # pyright: ignore[reportArgumentType]
        return table((type(self).__name__, ""), [row for row in rows if row[1] is not None])


def shown(value: Any) -> str:
    """What a notebook shows for it."""
    return str(value._repr_html_())


def table(head: Sequence[str], rows: Iterable[Sequence[Any]], *, title: str = "") -> str:
    """Rows under a head."""
    caption = f"<caption>{escape(title)}</caption>" if title else ""
    top = "".join(f"<th>{escape(name)}</th>" for name in head)
    body = "".join(f"<tr>{''.join(f'<td>{cell(value)}</td>' for value in row)}</tr>" for row in rows)
    return f"<table>{caption}<thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"


def cell(value: object) -> str:
    """One value, short and escaped."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.6g}"
    text = value.strftime("%Y-%m-%d %H:%M:%S") if isinstance(value, datetime) else str(value)
    return escape(text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…")


def paragraphs(text: str) -> str:
    """A text with its line breaks."""
    return f'<div style="white-space: pre-wrap">{escape(text)}</div>'


def bar(name: str, done: int, total: int, note: str) -> str:
    """How much is done."""
    meter = f'<progress value="{done}" max="{max(total, 1)}"></progress>'
    return f"<div>{escape(name)} {meter} {done}/{total} ({escape(note)})</div>"
