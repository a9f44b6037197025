"""Looks into tables and works with them: previews, SQL, other formats, pivots, joins, cleaning."""

from typing import Annotated, Any, Literal

from pydantic import Field

from sandbox.errors import ToolFailed
from sandbox.files import plain
from sandbox.tool import Example, ToolContext, tool
from sandbox.tools.data_inputs import (
    LONGEST_SQL,
    READS,
    SALES,
    SAVE,
    SHEET,
    TABLE,
    WRITES,
    Column,
    Columns,
    Path,
    called,
    optional,
)

Sql = Annotated[str, Field(min_length=1, max_length=LONGEST_SQL)]
Aggregate = Literal["sum", "mean", "count", "min", "max", "median"]


@tool(
    category="data",
    facts=READS,
    example=Example(
        arguments={"path": "sales.csv", "rows": 1},
        result={
            "format": "csv",
            "bytes": 89,
            "row_count": 4,
            "columns": [
                {"name": "region", "type": "VARCHAR"},
                {"name": "product", "type": "VARCHAR"},
                {"name": "units", "type": "BIGINT"},
                {"name": "price", "type": "DOUBLE"},
            ],
            "rows": [["north", "tea", 4, 2.5]],
        },
        files=SALES,
    ),
)
async def data_preview(
    context: ToolContext,
    *,
    path: Annotated[Path, TABLE],
    rows: Annotated[int, Field(ge=0, le=100), "How many rows to show"] = 10,
    sheet: Annotated[Column, SHEET] = "",
) -> Any:
    """Look into a table: columns with types, first rows, number of rows, sheets."""
    path = plain(path)
    return await called(context, "shaping.preview", {"path": path, "rows": rows, "sheet": sheet}, path)


@tool(
    category="data",
    facts=READS,
    example=Example(
        arguments={
            "files": ["sales.csv"],
            "sql": "select product, sum(units * price) as revenue from sales group by product order by revenue desc",
        },
        result={
            "tables": {"sales": "sales.csv"},
            "columns": ["product", "revenue"],
            "rows": [["rum", 74.0], ["tea", 25.0]],
            "more": False,
        },
        files=SALES,
    ),
)
async def data_query(
    context: ToolContext,
    *,
    sql: Annotated[Sql, "DuckDB SQL; sales.csv is the table sales, a single file is data too"],
    files: Annotated[list[Path], Field(min_length=1, max_length=20), f"{TABLE}, each a table"],
    max_rows: Annotated[int, Field(ge=1, le=500), "Most rows to answer"] = 50,
) -> Any:
    """Ask tables in files by SQL: filter, sort, group, join, window functions."""
    paths = [plain(path) for path in files]
    return await called(context, "tables.query", {"paths": paths, "sql": sql, "most": max_rows}, *paths)


@tool(
    category="data",
    facts=WRITES,
    example=Example(
        arguments={"path": "sales.csv", "save_to": "north.json", "sql": "from data where region = 'north'"},
        result={"path": "north.json", "rows": 2, "columns": ["region", "product", "units", "price"], "bytes": 122},
        files=SALES,
    ),
)
async def data_convert(
    context: ToolContext,
    *,
    path: Annotated[Path, TABLE],
    save_to: Annotated[Path, SAVE],
    sql: Annotated[Sql, "What of the table data to write"] = "from data",
    sheet: Annotated[Column, SHEET] = "",
) -> Any:
    """Write a table, or what a query finds in it, in another format."""
    path = plain(path)
    asked = {"paths": [path], "sql": sql, "to": plain(save_to), "sheet": sheet}
    return await called(context, "tables.convert", asked, path)


@tool(
    category="data",
    facts=WRITES,
    example=Example(
        arguments={"path": "sales.csv", "rows": ["region"], "columns": "product", "values": "units"},
        result={"columns": ["region", "rum", "tea"], "rows": [["north", 1, 4], ["south", 3, 6]], "more": False},
        files=SALES,
    ),
)
async def data_pivot(
    context: ToolContext,
    *,
    path: Annotated[Path, TABLE],
    rows: Annotated[list[Column], Field(min_length=1, max_length=10), "Columns whose values become rows"],
    columns: Annotated[Column, "Column whose values become columns"],
    values: Annotated[Column, "Column to aggregate"] = "",
    aggregate: Annotated[Aggregate, "How"] = "sum",
    save_to: Annotated[str, Field(max_length=500), SAVE] = "",
) -> Any:
    """Make a pivot table."""
    asked = {"rows": rows, "columns": columns, "values": values, "aggregate": aggregate, "to": optional(save_to)}
    return await called(context, "shaping.pivot", {"path": plain(path), **asked}, path)


@tool(
    category="data",
    facts=WRITES,
    example=Example(
        arguments={"left": "sales.csv", "right": "bosses.csv", "on": ["region"], "how": "inner"},
        result={
            "row_count": 2,
            "columns": ["region", "product", "units", "price", "boss"],
            "rows": [["north", "tea", 4, 2.5, "Ada"], ["north", "rum", 1, 20.0, "Ada"]],
            "more": False,
        },
        files={**SALES, "bosses.csv": b"region,boss\nnorth,Ada\n"},
    ),
)
async def data_join(
    context: ToolContext,
    *,
    left: Annotated[Path, TABLE],
    right: Annotated[Path, "The other file"],
    on: Annotated[list[Column], Field(min_length=1, max_length=10), "Columns that must be equal"],
    right_on: Annotated[list[Column] | None, Field(max_length=10), "Their names on the right, if others"] = None,
    how: Annotated[Literal["inner", "left", "right", "outer"], "Which rows without a partner stay"] = "left",
    save_to: Annotated[str, Field(max_length=500), SAVE] = "",
) -> Any:
    """Join two tables by columns that are equal."""
    if right_on and len(right_on) != len(on):
        raise ToolFailed("right_on needs as many columns as on.")
    paths = {"left": plain(left), "right": plain(right)}
    asked = {**paths, "on": on, "right_on": right_on or [], "how": how, "to": optional(save_to)}
    return await called(context, "shaping.join", asked, *paths.values())


@tool(
    category="data",
    facts=WRITES,
    example=Example(
        arguments={"path": "names.csv", "save_to": "clean.csv", "missing": "fill", "fill": {"age": 0}},
        result={
            "rows_before": 3,
            "rows_after": 2,
            "rows_with_gaps_dropped": 0,
            "duplicates_dropped": 1,
            "missing_before": {"age": 1},
            "saved": {"path": "clean.csv", "rows": 2, "columns": ["name", "age"], "bytes": 22},
        },
        files={"names.csv": b"name,age\nAda,36\n Ada ,36\nBob,\n"},
    ),
)
async def data_clean(
    context: ToolContext,
    *,
    path: Annotated[Path, TABLE],
    save_to: Annotated[Path, SAVE],
    trim: Annotated[bool, "Trim texts; empty ones count as missing"] = True,
    duplicates: Annotated[Literal["keep", "drop"], "Rows that are there twice"] = "drop",
    missing: Annotated[Literal["keep", "drop", "fill"], "Rows with missing values"] = "keep",
    columns: Annotated[Columns | None, "Which columns decide both; all when absent"] = None,
    fill: Annotated[dict[str, str | float] | None, Field(max_length=60), "Value for each column to fill"] = None,
) -> Any:
    """Clean a table: trim texts, drop duplicates, drop or fill missing values."""
    if missing == "fill" and not fill:
        raise ToolFailed("Say in fill which column gets which value.")
    asked = {"trim": trim, "duplicates": duplicates, "missing": missing, "columns": columns or [], "fill": fill or {}}
    return await called(context, "shaping.clean", {"path": plain(path), "to": plain(save_to), **asked}, path)


TABLE_TOOLS = (data_preview, data_query, data_convert, data_pivot, data_join, data_clean)
