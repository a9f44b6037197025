# pyright: basic
"""Tables out of files, and files out of tables, by DuckDB, which sees the work folder and nothing else."""

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import duckdb

from sandbox.programs import sheets
from sandbox.programs.cells import plain_value
from sandbox.programs.refusal import Refused

Connection = Any
Relation = Any
FORMATS = {
    **dict.fromkeys((".csv", ".tsv", ".txt"), "csv"),
    **dict.fromkeys((".jsonl", ".ndjson", ".json"), "json"),
    **dict.fromkeys((".xlsx", ".xlsm"), "excel"),
    ".parquet": "parquet",
}
WRITTEN = {
    ".csv": "format csv, header",
    ".tsv": "format csv, header, delimiter '\t'",
    ".json": "format json, array true",
    ".jsonl": "format json",
    ".ndjson": "format json",
    ".parquet": "format parquet",
}
SETTINGS = {
    "threads": "2",
    # Each thread reserves 64 MiB of address space, and eight more for files that nobody asked for would fill the jail.
    "async_threads": "1",
    "memory_limit": "256MB",
    "temp_directory": "/tmp/duckdb",
    "max_temp_directory_size": "60MB",
    "extension_directory": "/tmp/none",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}
READING = {"SELECT", "EXPLAIN", "CREATE", "INSERT", "UPDATE", "DELETE", "DROP", "ALTER", "MULTI", "PRAGMA", "CALL"}
"""Kinds of statements that write no file: tables that a query makes are forgotten."""
WAYS_TO_READ_CSV = ("", ", encoding='latin-1'", ", all_varchar=true, null_padding=true, strict_mode=false")
MOST_CHARACTERS = 30_000
"""How long all rows of an answer are together."""
LONGEST_FAULT = 600


def opened(paths: Sequence[str], sheet: str = "") -> Connection:
    """DuckDB with each file as a table named like the file, a single one as `data` too; it can reach nothing else."""
    with understood():
        connection = duckdb.connect(config=SETTINGS)
        connection.execute("set timezone='UTC'")
        for path, name in zip(paths, names_of(paths), strict=True):
            add(connection, path, name, sheet)
        if len(paths) == 1 and names_of(paths) != ["data"]:
            connection.execute(f"create view data as from {quoted(names_of(paths)[0])}")
        connection.execute(f"set allowed_directories=[{literal(os.getcwd())}]")
        connection.execute("set enable_external_access=false")
        connection.execute("set lock_configuration=true")
    return connection


def names_of(paths: Sequence[str]) -> list[str]:
    """The name of each file's table."""
    names: list[str] = []
    for path in paths:
        stem = re.sub(r"\W+", "_", os.path.basename(path).partition(".")[0]).strip("_") or "data"
        same = sum(bool(re.fullmatch(re.escape(stem) + r"(_\d+)?", name)) for name in names)
        names.append(f"{stem}_{same + 1}" if same else stem)
    return names


def format_of(path: str) -> str:
    """What kind of table a file is, by its name. Raises Refused."""
    ending = os.path.splitext(path.lower().removesuffix(".gz"))[1]
    if ending not in FORMATS:
        raise Refused(f"{path!r} is not a table that can be read here; {', '.join(FORMATS)} can.")
    return FORMATS[ending]


def add(connection: Connection, path: str, name: str, sheet: str) -> None:
    """Make a file a table."""
    if not os.path.getsize(path):
        raise Refused(f"{path!r} is empty.")
    match format_of(path):
        case "excel":
            sheets.load(connection, path, quoted(name), sheet)
        case "json":
            connection.execute(f"create view {quoted(name)} as from read_json({literal(path)}, sample_size=-1)")
        case "parquet":
            connection.execute(f"create view {quoted(name)} as from read_parquet({literal(path)})")
        case _:
            _add_csv(connection, path, quoted(name))


def query(paths: Sequence[str], sql: str, most: int) -> dict[str, object]:
    """What an SQL query answers. Statements that write files are refused."""
    with understood():
        connection = opened(paths)
        kinds = {statement.type.name for statement in connection.extract_statements(sql)}
        if kinds - READING:
            raise Refused(f"{min(kinds - READING)} is not possible here; data_convert writes what a query finds.")
        return {"tables": dict(zip(names_of(paths), paths, strict=True)), **answer(connection.sql(sql), most)}


def convert(paths: Sequence[str], sql: str, to: str, sheet: str) -> dict[str, object]:
    """Write what a query finds into a file of another format."""
    with understood():
        connection = opened(paths, sheet)
        return save(connection, connection.sql(sql), to)


def answer(found: Relation | None, most: int) -> dict[str, object]:
    """The first rows of a result, as JSON."""
    if found is None:
        return {"columns": [], "rows": [], "more": False}
    rows = tellable(found).limit(most + 1).fetchall()
    shown: list[list[object]] = []
    room = MOST_CHARACTERS
    for row in rows[:most]:
        values = [plain_value(value) for value in row]
        room -= len(str(values))
        if room < 0:
            break
        shown.append(values)
    return {"columns": list(found.columns), "rows": shown, "more": len(shown) < len(rows)}


def save(connection: Connection, found: Relation | None, to: str) -> dict[str, object]:
    """Write a result into a file, in the format of its name. Raises Refused."""
    if found is None:
        raise Refused("This query finds nothing that could be written.")
    ending = os.path.splitext(to.lower())[1]
    os.makedirs(os.path.dirname(to) or ".", exist_ok=True)
    if ending == ".xlsx":
        written = sheets.write(to, {"data": [list(found.columns), *tellable(found).fetchall()]}) - 1
    elif ending in WRITTEN:
        found.create("saved_here")
        ((written,),) = connection.execute("select count(*) from saved_here").fetchall()
        connection.execute(f"copy saved_here to {literal(to)} ({WRITTEN[ending]})")
    else:
        raise Refused(f"Nothing can be written as {ending or 'a file without an ending'}; {', '.join(WRITTEN)}, .xlsx.")
    return {"path": to, "rows": written, "columns": list(found.columns), "bytes": os.path.getsize(to)}


def tellable(found: Relation) -> Relation:
    """The same with moments as texts in UTC, where Python would need a library for time zones."""
    if not any("TIME ZONE" in str(kind) for kind in found.types):
        return found
    columns = [
        f"cast({quoted(name)} as varchar) as {quoted(name)}" if "TIME ZONE" in str(kind) else quoted(name)
        for name, kind in zip(found.columns, found.types, strict=True)
    ]
    return found.project(", ".join(columns))


def quoted(name: str) -> str:
    """A name for SQL."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text for SQL."""
    return "'" + text.replace("'", "''") + "'"


def checked(columns: Sequence[str], wanted: Sequence[str]) -> None:
    """Refuse columns that are not there."""
    for name in wanted:
        if name not in columns:
            raise Refused(f"There is no column {name!r}; there is {', '.join(columns)[:300]}.")


@contextmanager
def understood() -> Iterator[None]:
    """Say what DuckDB says, without what only its own users need."""
    try:
        yield
    except duckdb.OutOfMemoryException as error:
        raise Refused("This takes more memory than there is here; ask for less at once.") from error
    except duckdb.Error as error:
        raise Refused(re.split(r"\n\s*\n|\nPossible", str(error))[0].strip()[:LONGEST_FAULT]) from error


def _add_csv(connection: Connection, path: str, name: str) -> None:
    faults: list[duckdb.Error] = []
    for way in WAYS_TO_READ_CSV:
        try:
            connection.execute(f"create view {name} as from read_csv({literal(path)}, sample_size=-1{way})")
            connection.execute(f"select count(columns(*)) from {name}").fetchall()
            return
        except duckdb.OutOfMemoryException:
            raise
        except duckdb.Error as fault:
            faults.append(fault)
            connection.execute(f"drop view if exists {name}")
    raise faults[0]
