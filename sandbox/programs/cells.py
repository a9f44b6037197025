# pyright: basic
"""Values of tables as JSON: what JSON has no word for becomes a short text."""

import math
from datetime import date, datetime, time
from decimal import Decimal

LONGEST = 500
"""Characters of a text in a cell that go back."""
EXACT = 2**53


def plain_value(value: object) -> object:
    """A cell as JSON."""
    if isinstance(value, str):
        return value if len(value) <= LONGEST else f"{value[:LONGEST]}… [{len(value)} characters]"
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | float | Decimal):
        return _number(value)
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, dict):
        return {str(key)[:LONGEST]: plain_value(inner) for key, inner in list(value.items())[:100]}
    if isinstance(value, list | tuple):
        return [plain_value(inner) for inner in value[:100]]
    return f"<{len(value)} bytes>" if isinstance(value, bytes | bytearray) else str(value)[:LONGEST]


def rounded(value: float | None, digits: int = 6) -> float | str | None:
    """A measured number with as many digits as help."""
    return None if value is None else _number(float(f"{value:.{digits}g}")) if math.isfinite(value) else str(value)


def _number(value: int | float | Decimal) -> int | float | str:
    if isinstance(value, int):
        return value if abs(value) <= EXACT else str(value)
    number = float(value)
    if not math.isfinite(number):
        return str(number)
    return int(value) if isinstance(value, Decimal) and value == int(value) and abs(value) <= EXACT else number
