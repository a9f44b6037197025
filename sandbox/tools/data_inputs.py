"""What tools for tables have in common: how a file, its columns and SQL are given, and what is declared of them."""

from typing import Annotated, Any

from pydantic import Field

from sandbox import jailed
from sandbox.files import plain
from sandbox.tool import Facts, ToolContext

READS = Facts(idempotent=True, reads_private=True, seconds=60)
WRITES = Facts(idempotent=True, reads_private=True, side_effect=True, seconds=60)
LONGEST_SQL = 20_000
Path = Annotated[str, Field(min_length=1, max_length=500)]
Column = Annotated[str, Field(max_length=200)]
Columns = Annotated[list[Column], Field(max_length=60)]
TABLE = "CSV, TSV, JSON, JSONL, Excel or Parquet file"
SHEET = "Sheet of an Excel file; the first when empty"
SAVE = "File for the result, by its ending .csv, .tsv, .json, .jsonl, .xlsx or .parquet"
SALES = {"sales.csv": b"region,product,units,price\nnorth,tea,4,2.5\nnorth,rum,1,20\nsouth,tea,6,2.5\nsouth,rum,3,18\n"}
"""What the examples are about."""


async def called(context: ToolContext, function: str, arguments: dict[str, Any], *reads: str) -> Any:
    """What a program answers about these files."""
    return (await jailed.call(context, function, arguments, reads=reads)).value


def optional(path: str) -> str:
    """A path in its one form, or "" for none."""
    return plain(path) if path else ""
