"""Turns small tables from CSV into JSON and back, by the rules of RFC 4180."""

import io
import re
from collections.abc import Sequence
from csv import Error as CsvError
from csv import reader as csv_reader
from csv import writer as csv_writer
from typing import Annotated, Any, Literal

import orjson
from pydantic import Field

from sandbox.errors import ToolFailed
from sandbox.json_size import json_size
from sandbox.tool import Example, ToolContext, tool
from sandbox.tools.texts import MAX_CHANGED, PURE

DELIMITERS = (",", ";", "\t", "|")
MOST_ROWS = 1000
NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,15})(?:\.\d{1,15})?(?:[eE][+-]?\d{1,2})?")
LARGEST_EXACT = 2**53

Delimiter = Literal[",", ";", "\t", "|"]


@tool(
    category="string",
    facts=PURE,
    example=Example(
        arguments={"csv": 'name;age\n"Lee; Ann";42\n'},
        result={"rows": [{"name": "Lee; Ann", "age": 42}], "count": 1, "columns": ["name", "age"], "delimiter": ";"},
    ),
)
async def csv_to_rows(
    context: ToolContext,
    *,
    csv: Annotated[str, Field(max_length=MAX_CHANGED), "The table"],
    delimiter: Annotated[Delimiter | None, "What divides cells; found out when absent"] = None,
    header: Annotated[bool, "Whether the first row names the columns; otherwise rows are lists"] = True,
    convert: Annotated[bool, "Turn numbers, true, false and empty cells into values"] = True,
) -> dict[str, object]:
    """Turn a small table in CSV into JSON."""
    divider = delimiter or _delimiter_of(csv)
    rows = _read(csv.removeprefix("\ufeff"), divider)
    cells = [[_value(cell) for cell in row] if convert else row for row in rows]
    if not header:
        return {"rows": cells, "count": len(cells), "columns": None, "delimiter": divider}
    if not rows:
        raise ToolFailed("There is no header in it.")
    columns = _named(rows[0])
    wide = next((number for number, row in enumerate(rows[1:], 2) if len(row) > len(columns)), None)
    if wide is not None:
        raise ToolFailed(f"Row {wide} has {len(rows[wide - 1])} cells, and there are {len(columns)} columns.")
    filler: list[Any] = [None if convert else ""] * len(columns)
    named = [dict(zip(columns, [*row, *filler[len(row) :]], strict=True)) for row in cells[1:]]
    return {"rows": named, "count": len(named), "columns": columns, "delimiter": divider}


@tool(
    category="string",
    facts=PURE,
    example=Example(
        arguments={"rows": [{"name": "Lee", "age": 42}, {"name": "A, B"}]},
        result={"csv": 'name,age\r\nLee,42\r\n"A, B",\r\n', "count": 2, "columns": ["name", "age"]},
    ),
)
async def rows_to_csv(
    context: ToolContext,
    *,
    rows: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=MOST_ROWS), "Objects, one a row"],
    columns: Annotated[
        list[Annotated[str, Field(max_length=200)]] | None,
        Field(max_length=200),
        "Which, in this order; all when absent",
    ] = None,
    delimiter: Annotated[Delimiter, "What divides cells"] = ",",
) -> dict[str, object]:
    """Turn objects into a small table in CSV. Lists and objects within a cell are written as JSON."""
    if json_size(rows) > MAX_CHANGED:
        raise ToolFailed(f"The rows may take {MAX_CHANGED // 1000} kB; these are larger.")
    named = columns or list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = csv_writer(text, delimiter=delimiter)
    writer.writerow(named)
    writer.writerows([_cell(row.get(name)) for name in named] for row in rows)
    return {"csv": text.getvalue(), "count": len(rows), "columns": named}


def _read(text: str, delimiter: str) -> list[list[str]]:
    try:
        rows = [row for row in csv_reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True) if row]
    except CsvError as error:
        raise ToolFailed(f"This is no CSV: {error}.") from error
    if len(rows) > MOST_ROWS + 1:
        raise ToolFailed(f"It has {len(rows)} rows, and {MOST_ROWS} are the most here; use the tools for data files.")
    return rows


def _delimiter_of(text: str) -> str:
    """What divides the first line into most cells."""
    first = text.partition("\n")[0]
    unquoted = re.sub(r'"[^"]*"', "", first)
    return max(DELIMITERS, key=unquoted.count)


def _named(names: Sequence[str]) -> list[str]:
    """The columns' names, each of its own: empty ones are numbered, and so are those that were there before."""
    used: list[str] = []
    for number, name in enumerate(names, 1):
        plain = name.strip() or f"column_{number}"
        used.append(plain if plain not in used else f"{plain}_{number}")
    return used


def _value(cell: str) -> object:
    plain = cell.strip()
    if plain in ("", "true", "false"):
        return {"": None, "true": True, "false": False}[plain]
    if not NUMBER.fullmatch(plain):
        return cell
    number = float(plain)
    return int(plain) if plain.removeprefix("-").isdigit() and abs(number) < LARGEST_EXACT else _exact(number, cell)


def _exact(number: float, cell: str) -> object:
    """The number, unless it says more than a number can hold."""
    return number if abs(number) < LARGEST_EXACT else cell


def _cell(value: object) -> object:
    if value is None or isinstance(value, str | int | float):
        return str(value).lower() if isinstance(value, bool) else value
    return orjson.dumps(value).decode()


ROW_TOOLS = (csv_to_rows, rows_to_csv)
