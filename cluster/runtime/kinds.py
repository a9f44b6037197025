"""What the runtime knows of each actor class: its messages and its wishes, read from the class once."""

import inspect
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from cluster.errors import Invalid
from cluster.runtime.actor import Actor, ActorId

WAKE = "activate"
"""A message of this name wakes the actor and asks no more of it."""
LIFECYCLE = frozenset({WAKE, "deactivate"})
MAILBOX = 1000
"""Messages that wait for one actor, when its class does not say."""


@dataclass(frozen=True, slots=True)
class Method:
    """One message of a kind: whether it gets through during a turn, may be repeated, and answers many times."""

    interleaves: bool
    repeatable: bool
    streams: bool


@dataclass(frozen=True, slots=True)
class Kind:
    """An actor class and what it asks of the runtime."""

    actor: type[Actor]
    methods: Mapping[str, Method]
    exclusive: bool
    mailbox: int
    idle_seconds: float | None


Kinds = Mapping[str, Kind]


def kinds_of(actors: Iterable[type[Actor]]) -> Kinds:
    """The classes by kind. Raises Invalid when two share one."""
    kinds: dict[str, Kind] = {}
    for actor in actors:
        if actor.kind in kinds:
            raise Invalid(f"two actor classes are of the kind {actor.kind!r}")
        kinds[actor.kind] = _read(actor)
    return kinds


def method_of(kinds: Kinds, actor: ActorId, name: str) -> Method:
    """What is known of a message. Raises Invalid when the kind or the method does not exist."""
    kind = kinds.get(actor.kind)
    if kind is None:
        raise Invalid(f"there is no kind of actor called {actor.kind!r}")
    method = kind.methods.get(name)
    if method is None:
        raise Invalid(f"{actor.kind} has no message {name!r}")
    return method


def _read(actor: type[Actor]) -> Kind:
    methods = {name: _method(getattr(actor, name)) for name in dir(actor) if _is_message(name, getattr(actor, name))}
    methods[WAKE] = Method(interleaves=False, repeatable=True, streams=False)
    return Kind(
        actor=actor,
        methods=methods,
        exclusive=bool(getattr(actor, "exclusive", False)),
        mailbox=int(getattr(actor, "mailbox", MAILBOX)),
        idle_seconds=getattr(actor, "idle_seconds", None),
    )


def _is_message(name: str, member: Any) -> bool:
    asynchronous = inspect.iscoroutinefunction(member) or inspect.isasyncgenfunction(member)
    return asynchronous and not name.startswith("_") and name not in LIFECYCLE


def _method(function: Any) -> Method:
    return Method(
        interleaves=bool(getattr(function, "interleaves", False)),
        repeatable=bool(getattr(function, "repeatable", False)),
        streams=inspect.isasyncgenfunction(function),
    )
