"""SQLite files: what is in them, and SQL over them."""

import sqlite3
from collections.abc import Sequence

from sandbox.programs.cells import plain_value
from sandbox.programs.refusal import Refused

MOST_CHARACTERS = 30_000


def query(path: str, sql: str, parameters: Sequence[object], most: int, is_new: bool) -> dict[str, object]:
    """What one statement answers; what it changes is kept in the file."""
    connection = sqlite3.connect(path)
    try:
        if not is_new:
            connection.execute("select count(*) from sqlite_master").fetchall()
        cursor = connection.execute(sql, parameters)
        names = [column[0] for column in cursor.description or ()]
        rows = cursor.fetchmany(most + 1) if names else []
        connection.commit()
    except (sqlite3.Error, sqlite3.Warning, OverflowError) as error:
        raise Refused(f"SQLite says: {str(error)[:400]}.{_tables(connection)}") from error
    finally:
        connection.close()
    shown: list[list[object]] = []
    room = MOST_CHARACTERS
    for row in rows[:most]:
        values = [plain_value(value) for value in row]
        room -= len(str(values))
        if room < 0:
            break
        shown.append(values)
    told: dict[str, object] = {"columns": names, "rows": shown, "more": len(shown) < len(rows)}
    return told if names else {"rows_changed": max(0, cursor.rowcount)}


def _tables(connection: sqlite3.Connection) -> str:
    """What there is, for who asked for something else."""
    try:
        rows = connection.execute("select name from sqlite_master where type in ('table', 'view')").fetchall()
    except sqlite3.Error:
        return ""
    return f" There is {', '.join(row[0] for row in rows)[:300] or 'no table'}."
