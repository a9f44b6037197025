# pyright: basic
"""Looks at tables and makes others of them: previews, pivots, joins, and what has no gaps and nothing twice."""

import os
from collections.abc import Mapping, Sequence

from sandbox.programs import sheets
from sandbox.programs.refusal import Refused
from sandbox.programs.tables import (
    Connection,
    Relation,
    answer,
    checked,
    format_of,
    literal,
    names_of,
    opened,
    quoted,
    save,
    understood,
)

AGGREGATES = {"sum": "sum", "mean": "avg", "count": "count", "min": "min", "max": "max", "median": "median"}
JOINS = {"inner": "inner", "left": "left", "right": "right", "outer": "full outer"}
MOST_PIVOTED = 200
"""How many columns a pivot may have."""
SHOWN = 50


def preview(path: str, rows: int, sheet: str) -> dict[str, object]:
    """A table's columns with their types, its first rows, and how many there are."""
    with understood():
        connection = opened([path], sheet)
        found = connection.table("data")
        columns = [
            {"name": name, "type": str(kind)[:100]} for name, kind in zip(found.columns, found.types, strict=True)
        ]
        kind = format_of(path)
        told = {"format": kind, "bytes": os.path.getsize(path), "row_count": _count(connection, "data")}
        within = {"sheets": sheets.names(path)} if kind == "excel" else {}
        return {**told, **within, "columns": columns, "rows": answer(found, rows)["rows"]}


def pivot(path: str, rows: Sequence[str], columns: str, values: str, aggregate: str, to: str) -> dict[str, object]:
    """A table with a row for each of `rows` and a column for each value of `columns`."""
    with understood():
        connection = opened([path])
        checked(connection.table("data").columns, [*rows, columns, *([values] if values else [])])
        if not values and aggregate != "count":
            raise Refused("Say in `values` which column to aggregate, or count.")
        ((different,),) = connection.execute(f"select count(distinct {quoted(columns)}) from data").fetchall()
        if different > MOST_PIVOTED:
            raise Refused(f"{columns!r} has {different} different values; a pivot has at most {MOST_PIVOTED} columns.")
        measured = f"{AGGREGATES[aggregate]}({quoted(values) if values else '*'})"
        group = ", ".join(map(quoted, rows))
        connection.execute(f"create table pivoted as pivot data on {quoted(columns)} using {measured} group by {group}")
        return _shown(connection, connection.sql(f"from pivoted order by {group}"), to)


def join(left: str, right: str, on: Sequence[str], right_on: Sequence[str], how: str, to: str) -> dict[str, object]:
    """Two tables side by side, where their columns in `on` are equal."""
    with understood():
        connection = opened([left, right])
        first, second = (connection.table(quoted(name)) for name in names_of([left, right]))
        keys = dict(zip(on, right_on or on, strict=True))
        checked(first.columns, list(keys))
        checked(second.columns, list(keys.values()))
        chosen = [_from_left(name, keys.get(name)) for name in first.columns]
        taken = {name.lower() for name in first.columns}
        for name in second.columns:
            if name not in keys.values():
                known = f"{name}_right" if name.lower() in taken else name
                chosen.append(f"r.{quoted(name)} as {quoted(known)}")
        meeting = " and ".join(f"l.{quoted(one)} = r.{quoted(other)}" for one, other in keys.items())
        one, other = map(quoted, names_of([left, right]))
        found = connection.sql(f"select {', '.join(chosen)} from {one} l {JOINS[how]} join {other} r on {meeting}")
        found.create("joined")
        return {"row_count": _count(connection, "joined"), **_shown(connection, connection.table("joined"), to)}


def clean(
    path: str, to: str, trim: bool, duplicates: str, columns: Sequence[str], missing: str, fill: Mapping[str, object]
) -> dict[str, object]:
    """Write a table without what is there twice and without gaps, and say what was changed."""
    with understood():
        connection = opened([path])
        found = connection.table("data")
        checked(found.columns, [*columns, *fill])
        connection.execute(f"create table trimmed as {_trimmed(found, trim)}")
        wanted = columns or list(found.columns)
        gaps = _gaps(connection, list(found.columns))
        if missing == "drop":
            connection.execute(f"delete from trimmed where {' or '.join(f'{quoted(c)} is null' for c in wanted)}")
        for name, value in fill.items() if missing == "fill" else ():
            connection.execute(
                f"update trimmed set {quoted(name)} = {literal(str(value))} where {quoted(name)} is null"
            )
        dropped = _count(connection, "data") - _count(connection, "trimmed")
        if duplicates == "drop":
            _drop_duplicates(connection, wanted)
        before, after = _count(connection, "data"), _count(connection, "trimmed")
        counted = {"rows_before": before, "rows_after": after, "rows_with_gaps_dropped": dropped}
        twice = {"duplicates_dropped": before - dropped - after, "missing_before": gaps}
        return {**counted, **twice, "saved": save(connection, connection.sql("from trimmed"), to)}


def _from_left(name: str, key: str | None) -> str:
    other = f", r.{quoted(key)}" if key is not None else ""
    return f"coalesce(l.{quoted(name)}{other}) as {quoted(name)}"


def _trimmed(found: Relation, trim: bool) -> str:
    """A copy; `trim` takes the space around texts away, and what is then empty becomes a gap."""
    if not trim:
        return "from data"
    columns = [
        f"nullif(trim({quoted(name)}), '') as {quoted(name)}" if str(kind) == "VARCHAR" else quoted(name)
        for name, kind in zip(found.columns, found.types, strict=True)
    ]
    return f"select {', '.join(columns)} from data"


def _gaps(connection: Connection, columns: Sequence[str]) -> dict[str, int]:
    """How many values are missing, by column; only where some are."""
    counts = ", ".join(f"count(*) - count({quoted(name)})" for name in columns)
    (row,) = connection.execute(f"select {counts} from trimmed").fetchall()
    return {name: count for name, count in zip(columns, row, strict=True) if count}


def _drop_duplicates(connection: Connection, columns: Sequence[str]) -> None:
    """Keep the first of each; the order stays."""
    same = ", ".join(map(quoted, columns))
    connection.execute(
        "delete from trimmed where rowid not in"
        f" (select min(rowid) from (select rowid, {same} from trimmed) group by {same})"
    )


def _count(connection: Connection, table: str) -> int:
    ((count,),) = connection.execute(f"select count(*) from {table}").fetchall()
    return count


def _shown(connection: Connection, found: Relation, to: str) -> dict[str, object]:
    """The first rows, and the file with all of them if one is wanted."""
    shown = answer(found, SHOWN)
    return {**shown, "saved": save(connection, found, to)} if to else shown
