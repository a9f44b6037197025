"""Files of data that are not one table: JSON by paths, SQLite databases; and tables that a model writes itself."""

import csv
import io
from typing import Annotated, Any

from pydantic import Field

from sandbox.files import plain
from sandbox.tool import Example, Facts, ToolContext, tool
from sandbox.tools.data_inputs import LONGEST_SQL, READS, Column, Path, called

WRITES = Facts(idempotent=True, side_effect=True, seconds=60)
MOST_ROWS = 5000
Cell = Annotated[str, Field(max_length=32_000)] | float | bool | None
Row = Annotated[list[Cell], Field(max_length=200)]
Rows = Annotated[list[Row], Field(max_length=MOST_ROWS)]


@tool(
    category="data",
    facts=READS,
    example=Example(
        arguments={"path": "cats.json", "query": "$.cats[*].name"},
        result={"values": ["Mia", "Tom"], "count": 2},
        files={"cats.json": b'{"cats": [{"name": "Mia"}, {"name": "Tom"}]}'},
    ),
)
async def json_query(
    context: ToolContext,
    *,
    path: Annotated[Path, "JSON or JSONL file; JSONL is a list"],
    query: Annotated[str, Field(max_length=500), "Path such as $.users[*].name, $..price, rows[0:5]"] = "$",
    max_values: Annotated[int, Field(ge=1, le=200), "Most values to show"] = 50,
) -> Any:
    """Take parts out of a JSON file by a path."""
    asked = {"path": plain(path), "wanted": query, "most": max_values}
    return await called(context, "json_paths.query", asked, path)


@tool(
    category="data",
    facts=WRITES,
    example=Example(
        arguments={"path": "pets.csv", "columns": ["name", "age"], "rows": [["Mia", 3], ["Tom, jr.", None]]},
        result={"path": "pets.csv", "rows": 2, "bytes": 27},
    ),
)
async def csv_write(
    context: ToolContext,
    *,
    path: Annotated[Path, "File to write"],
    rows: Annotated[Rows, "Rows of values"],
    columns: Annotated[list[Column] | None, Field(max_length=200), "Names for a first line"] = None,
    delimiter: Annotated[str, Field(min_length=1, max_length=1), "Between values"] = ",",
) -> dict[str, object]:
    """Write rows into a CSV file."""
    written = io.StringIO()
    writer = csv.writer(written, delimiter=delimiter, lineterminator="\n")
    writer.writerows([*([columns] if columns else []), *(list(map(_shown, row)) for row in rows)])
    (saved,) = await context.files.write({plain(path): written.getvalue().encode()})
    return {"path": saved.path, "rows": len(rows), "bytes": saved.size}


@tool(
    category="data",
    facts=WRITES,
    example=Example(
        arguments={"path": "sums.xlsx", "sheets": {"June": [["item", "price"], ["tea", 2.5], ["all", "=SUM(B2:B2)"]]}},
        result={"path": "sums.xlsx", "sheets": ["June"], "rows": 3, "bytes": 4870},
        varies=True,
    ),
)
async def excel_write(
    context: ToolContext,
    *,
    path: Annotated[str, Field(min_length=6, max_length=500, pattern=r"(?i)\.xlsx$"), "File to write, .xlsx"],
    sheets: Annotated[
        dict[Annotated[str, Field(min_length=1, max_length=31)], Rows],
        Field(min_length=1, max_length=20),
        "Rows of each sheet, by its name",
    ],
    formulas: Annotated[bool, "Whether a text that begins with = is a formula"] = True,
) -> Any:
    """Write an Excel file with one or more sheets."""
    return await called(context, "sheets.make", {"path": plain(path), "sheets": sheets, "formulas": formulas})


@tool(
    category="data",
    facts=Facts(reads_private=True, side_effect=True, seconds=60),
    example=Example(
        arguments={"path": "cats.db", "sql": "select name from cats where age > ?", "parameters": [2]},
        result={"columns": ["name"], "rows": [["Mia"]], "more": False},
        after=(
            ("sqlite_query", {"path": "cats.db", "sql": "create table cats (name text, age int)"}),
            ("sqlite_query", {"path": "cats.db", "sql": "insert into cats values ('Mia', 3), ('Tom', 1)"}),
        ),
    ),
)
async def sqlite_query(
    context: ToolContext,
    *,
    path: Annotated[Path, "SQLite file; a new one if there is none"],
    sql: Annotated[str, Field(min_length=1, max_length=LONGEST_SQL), "One statement; what it changes is kept"],
    parameters: Annotated[list[Cell] | None, Field(max_length=200), "Values for its ? signs"] = None,
    max_rows: Annotated[int, Field(ge=1, le=500), "Most rows to answer"] = 50,
) -> Any:
    """Run one SQL statement on a SQLite database file."""
    path = plain(path)
    there = await context.files.facts(path) is not None
    asked = {"path": path, "sql": sql, "parameters": parameters or [], "most": max_rows, "is_new": not there}
    return await called(context, "databases.query", asked, *([path] if there else []))


def _shown(value: Cell) -> object:
    """A number that came as a whole one is written as such."""
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < 1e15 else value


DATA_FILE_TOOLS = (json_query, csv_write, excel_write, sqlite_query)
