"""Which variables a session has, and how large they are."""

import sys
from types import ModuleType
from typing import Any, cast

MOST = 100
LONGEST = 80
SIZED = frozenset((str, bytes, bytearray, list, tuple, dict, set, frozenset))


def variables(names: dict[str, Any]) -> dict[str, Any]:
    """The cells' own names, but for modules and those that begin with an underscore."""
    own = {name: value for name, value in names.items() if not name.startswith("_")}
    kept = sorted(name for name, value in own.items() if not isinstance(value, ModuleType))
    return {"variables": [_told(name, own[name]) for name in kept[:MOST]], "count": len(kept)}


def _told(name: str, value: Any) -> dict[str, Any]:
    told: dict[str, Any] = {"name": name[:LONGEST], "type": type(value).__name__[:LONGEST], "bytes": _size(value)}
    shape: Any = getattr(value, "shape", None)
    if type(shape) is tuple:
        told["shape"] = list(map(int, cast("tuple[Any, ...]", shape)[:8]))
    elif type(value) in SIZED:
        told["length"] = len(value)
    return told


def _size(value: Any) -> int:
    """Bytes of the value itself; of an array, a table or a column also what it holds."""
    if type(value).__module__.partition(".")[0] == "numpy" and isinstance(getattr(value, "nbytes", None), int):
        return value.nbytes
    return sys.getsizeof(value)
