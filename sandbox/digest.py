"""One number for a tool's arguments, by which it is seen whether two calls ask for exactly the same.

It is taken of canonical JSON: names in order, no spaces, and each number in one spelling. PostgreSQL's jsonb keeps
values, not spellings (1e3 becomes 1000), and the number must be the same before and after.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, cast


def digest(arguments: Mapping[str, Any]) -> bytes:
    """SHA-256 of the arguments as canonical JSON."""
    return hashlib.sha256(_canonical(arguments).encode(errors="surrogatepass")).digest()


def _canonical(value: object) -> str:
    match value:
        case Mapping():
            items = sorted(cast("Mapping[str, object]", value).items())
            return "{" + ",".join(f"{_text(name)}:{_canonical(item)}" for name, item in items) + "}"
        case list() | tuple():
            return "[" + ",".join(map(_canonical, cast("Sequence[object]", value))) + "]"
        case bool() | None | str():
            return _text(value)
        case int() | float():
            return _spelt(value)
        case _:
            raise TypeError(f"{type(value).__name__} is nothing that JSON has")


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _spelt(number: float) -> str:
    """A number in the one spelling. Whole numbers beyond 64 bits are read back from a database as the nearest float."""
    if isinstance(number, int) and abs(number) < 1 << 64:
        exact = Decimal(number)
    else:
        exact = Decimal(repr(float(number)))
    return "0" if exact.is_zero() else str(exact.normalize())
