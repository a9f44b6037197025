"""Follows one message through processes, as spans. Off, which is the default, a span costs one call and is nobody's.

Nothing of OpenTelemetry is imported before it is turned on (`otlp.py`). A span's place in its trace travels as a W3C
`traceparent`, a text, so that messages and rows can carry it.
"""

import contextvars
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Literal, Protocol, Self

Kind = Literal["internal", "server", "client"]
Attribute = str | int | float | bool | Sequence[str]
Attributes = Mapping[str, Attribute]


class Span(Protocol):
    """Something that takes a while."""

    def note(self, attributes: Attributes) -> None:
        """Add what became known meanwhile."""
        ...


class Tracing(Protocol):
    """Where spans go to."""

    content: bool
    """Whether spans may hold what people and models say."""

    def span(
        self, name: str, kind: Kind, parent: str | None, attributes: Attributes | None
    ) -> AbstractContextManager[Span]:
        """A span from here to the end of the block."""
        ...

    def place(self) -> str | None:
        """The `traceparent` of the current span."""
        ...

    def carry(self, context: contextvars.Context) -> None:
        """Make the current span the current one of another context as well."""
        ...

    def close(self) -> None:
        """Send what waits, and end."""
        ...


class _Off:
    def note(self, attributes: Attributes) -> None:
        """Nobody wants to know."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None


class _State:
    tracing: Tracing | None = None


OFF = _Off()


def turn_on(tracing: Tracing) -> None:
    """Record spans from now on, in this process."""
    _State.tracing = tracing


def turn_off() -> None:
    """Send what waits, and record no more."""
    tracing, _State.tracing = _State.tracing, None
    if tracing is not None:
        tracing.close()


def is_on() -> bool:
    """Whether spans are recorded."""
    return _State.tracing is not None


def with_content() -> bool:
    """Whether spans may hold what people and models say."""
    return _State.tracing is not None and _State.tracing.content


def span(
    name: str, *, kind: Kind = "internal", parent: str | None = None, attributes: Attributes | None = None
) -> AbstractContextManager[Span]:
    """A span around a block: below `parent` (a traceparent) when that is given, else below the current span.

    An error that leaves the block marks it as failed, by its type alone: messages can hold what somebody said.
    """
    tracing = _State.tracing
    return OFF if tracing is None else tracing.span(name, kind, parent, attributes)


def place() -> str | None:
    """The `traceparent` of the current span; None outside of any, and when nothing is recorded."""
    tracing = _State.tracing
    return None if tracing is None else tracing.place()


def carry(context: contextvars.Context) -> None:
    """Let the current span be the current one in another context, which else begins empty."""
    if _State.tracing is not None:
        _State.tracing.carry(context)
