# pyright: basic
"""Excel files: their sheets as tables, and sheets written."""

import csv
import os
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time
from typing import Any

import openpyxl
from openpyxl.cell import WriteOnlyCell

from sandbox.programs.refusal import Refused
from sandbox.programs.unpacking import check

MOST_ROWS, MOST_COLUMNS = 1_048_576, 1000
BETWEEN = "/tmp/sheet.csv"
NOTHING = "\\N"
KINDS = (
    ((bool,), "BOOLEAN"),
    ((int,), "BIGINT"),
    ((int, float), "DOUBLE"),
    ((datetime, date), "TIMESTAMP"),
    ((time,), "TIME"),
)


def names(path: str) -> list[str]:
    """The sheets of a file."""
    book = _opened(path)
    found = [sheet.title for sheet in book.worksheets]
    book.close()
    return found


def load(connection: Any, path: str, table: str, sheet: str) -> None:
    """Make a sheet, or the first, a table of DuckDB; its first row names the columns."""
    head, rows = _rows(path, sheet)
    width = len(head)
    kinds = [_kind({type(row[at]) for row in rows if row[at] is not None}) for at in range(width)]
    with open(BETWEEN, "w", newline="") as file:
        written = csv.writer(file)
        written.writerows([NOTHING if value is None else value for value in row] for row in rows)
    columns = ", ".join(f"{_literal(name)}: '{kind}'" for name, kind in zip(head, kinds, strict=True))
    options = f"header=false, auto_detect=false, delim=',', quote='\"', escape='\"', nullstr='{NOTHING}'"
    reading = f"read_csv('{BETWEEN}', columns={{{columns}}}, {options})"
    connection.execute(f"create table {table} as from {reading}")


def write(path: str, sheets: Mapping[str, Iterable[Sequence[object]]], *, formulas: bool = False) -> int:
    """Write sheets of rows. Answers how many rows. Without `formulas`, a text that looks like one stays a text."""
    book = openpyxl.Workbook(write_only=True)
    written = 0
    for title, rows in sheets.items():
        try:
            sheet = book.create_sheet(title)
        except ValueError as error:
            raise Refused(f"No sheet can be called {title!r}: {error}.") from error
        for row in rows:
            sheet.append([_cell(sheet, value, formulas) for value in row])
            written += 1
            if written > MOST_ROWS:
                raise Refused(f"A sheet has at most {MOST_ROWS} rows.")
    book.save(path)
    return written


def make(path: str, sheets: Mapping[str, Sequence[Sequence[object]]], formulas: bool) -> dict[str, object]:
    """Write a file of sheets."""
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    written = write(path, sheets, formulas=formulas)
    return {"path": path, "sheets": list(sheets), "rows": written, "bytes": os.path.getsize(path)}


def _opened(path: str) -> Any:
    check(path)
    try:
        return openpyxl.load_workbook(path, read_only=True, data_only=True)
    except (zipfile.BadZipFile, KeyError, ValueError, OSError, SyntaxError) as error:
        raise Refused(f"{path!r} is not an Excel file that can be read: {str(error)[:200]}") from error


def _rows(path: str, sheet: str) -> tuple[list[str], Sequence[Sequence[object]]]:
    book = _opened(path)
    try:
        if sheet and sheet not in book.sheetnames:
            raise Refused(f"There is no sheet {sheet!r}; there is {', '.join(book.sheetnames)[:300]}.")
        chosen = book[sheet] if sheet else book.worksheets[0]
        rows = [list(row[:MOST_COLUMNS]) for row in chosen.iter_rows(values_only=True)]
    except SyntaxError as error:
        raise Refused(f"{path!r} is damaged: {str(error)[:200]}") from error
    finally:
        book.close()
    rows = [row for row in rows if any(value is not None for value in row)]
    if not rows:
        raise Refused(f"The sheet {chosen.title!r} is empty.")
    width = max(map(len, rows))
    filled = [row + [None] * (width - len(row)) for row in rows]
    return _heads(filled[0]), filled[1:]


def _heads(row: Sequence[object]) -> list[str]:
    """Names for the columns, each once."""
    made: list[str] = []
    for at, value in enumerate(row):
        name = str(value).strip()[:100] if value is not None else f"column_{at + 1}"
        made.append(f"{name}_{at + 1}" if name.lower() in {each.lower() for each in made} else name)
    return made


def _kind(types: set[type]) -> str:
    return next((kind for fitting, kind in KINDS if types and types <= set(fitting)), "VARCHAR")


def _cell(sheet: Any, value: object, formulas: bool) -> object:
    """What Excel can hold."""
    if value is None or isinstance(value, bool | int | float | date | time):
        return value.replace(tzinfo=None) if isinstance(value, datetime) else value
    text = "".join(letter for letter in str(value)[:32_767] if letter >= " " or letter in "\t\n\r")
    if formulas or not text.startswith("="):
        return text
    cell = WriteOnlyCell(sheet, value=text)
    cell.data_type = "s"
    return cell


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
