"""JSON into the dataclasses of `shapes/`. Fields that this version does not know are left alone: servers grow."""

import re
from collections.abc import Callable
from dataclasses import MISSING, fields, is_dataclass
from datetime import datetime
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from apexaurum.errors import BadAnswer

T = TypeVar("T")
FRACTION = re.compile(r"\.(\d+)")


def decode(shape: type[T], value: object) -> T:
    """The value as that shape. Raises BadAnswer when it is another."""
    return cast("T", _decode(shape, value, shape.__name__))


def _decode(shape: Any, value: Any, where: str) -> Any:
    origin = get_origin(shape)
    if shape is Any or shape is object or origin is Literal:
        return value
    if origin in (Union, UnionType):
        return _optional(get_args(shape), value, where)
    if origin is list:
        return [_decode(get_args(shape)[0], each, where) for each in _list(value, where)]
    if origin is dict:
        return {key: _decode(get_args(shape)[1], each, where) for key, each in _dict(value, where).items()}
    if is_dataclass(shape):
        return _object(cast("type[Any]", shape), _dict(value, where))
    return _plain(shape, value, where)


def _optional(shapes: tuple[Any, ...], value: Any, where: str) -> Any:
    if value is None and NoneType in shapes:
        return None
    return _decode(next(shape for shape in shapes if shape is not NoneType), value, where)


def _object(shape: type[Any], value: dict[str, Any]) -> Any:
    given: dict[str, Any] = {}
    for name, kind, needed in _fields(shape):
        if name in value:
            given[name] = _decode(kind, value[name], f"{shape.__name__}.{name}")
        elif needed:
            raise BadAnswer(f"{shape.__name__} has no {name}")
    return shape(**given)


@cache
def _fields(shape: type[Any]) -> list[tuple[str, Any, bool]]:
    """Name, type and whether it has to be there."""
    hints = get_type_hints(shape)
    return [
        (each.name, hints[each.name], each.default is MISSING and each.default_factory is MISSING)
        for each in fields(shape)
        if each.init
    ]


def _plain(shape: Any, value: Any, where: str) -> Any:
    if shape is datetime:
        return moment(_of(str, value, where))
    if shape is float and isinstance(value, int):
        return float(value)
    return _of(shape, value, where)


def _of(kind: Callable[..., T], value: Any, where: str) -> T:
    if not isinstance(value, cast("type[T]", kind)):
        raise BadAnswer(f"{where} is a {type(value).__name__}")
    return value


def _list(value: Any, where: str) -> list[Any]:
    return cast("list[Any]", _of(list, value, where))


def _dict(value: Any, where: str) -> dict[str, Any]:
    return cast("dict[str, Any]", _of(dict, value, where))


def moment(text: str) -> datetime:
    """A time of ISO 8601, as the server writes it. Python 3.10 itself reads only some of them."""
    padded = FRACTION.sub(lambda found: f".{found[1][:6]:0<6}", text)
    return datetime.fromisoformat(padded[:-1] + "+00:00" if padded.endswith("Z") else padded)
