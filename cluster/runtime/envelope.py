"""What travels between a caller and a host: one message as bytes, one reply as bytes, the same on every runtime.

Errors travel inside replies, so that an actor's error reaches the caller as itself and never as a transport's.

In front of each message stand its version and its actor, in a form that never changes: a host that cannot read a newer
message still knows for whom it was. A reply is written in the version of its message.
"""

import pickle
import traceback
from dataclasses import dataclass, fields
from itertools import zip_longest
from typing import Any, cast

from cluster.errors import ApexError
from cluster.ids import HostId
from cluster.runtime.actor import ActorId
from cluster.runtime.errors import ActorFailed
from cluster.runtime.protocol import PROTOCOL, UNMARKED

PICKLE = pickle.PROTO[0]
"""What a bare pickle begins with, and what no version will ever be."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message to one actor. `trace` is its place in a trace (a W3C traceparent), when it is followed."""

    actor: ActorId
    method: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    trace: str | None = None

    def __getstate__(self) -> list[Any]:
        # As the standard library has it for slots, which looks the fields up anew for each message.
        return [getattr(self, name) for name in MESSAGE]

    def __setstate__(self, state: list[Any]) -> None:
        # A message of older code lacks the last fields.
        for name, value in zip_longest(MESSAGE, state[: len(MESSAGE)]):
            object.__setattr__(self, name, value)


MESSAGE = tuple(field.name for field in fields(Message))


@dataclass(frozen=True, slots=True)
class Answered:
    """The turn ended with this value; or the mailbox has the message; or the stream is open."""

    value: Any = None


@dataclass(frozen=True, slots=True)
class Raised:
    """The turn ended with this error."""

    error: BaseException


@dataclass(frozen=True, slots=True)
class Moved:
    """The actor is not here, and nothing was done. `host` has it, if that is known."""

    host: HostId | None = None


@dataclass(frozen=True, slots=True)
class Full:
    """This host has no room for another actor, and nothing was done."""


@dataclass(frozen=True, slots=True)
class Severed:
    """The host gave the actor up in the middle of the message: done or not, nobody knows."""

    why: str


@dataclass(frozen=True, slots=True)
class Items:
    """What a stream has yielded since the last batch."""

    items: tuple[Any, ...]


Reply = Answered | Raised | Moved | Full | Severed | Items


class TooNew(Exception):
    """A message to `actor` from newer code than this."""

    def __init__(self, actor: ActorId) -> None:
        super().__init__(actor)
        self.actor = actor


def encode_message(message: Message, version: int = PROTOCOL) -> bytes:
    """The message as bytes, for a host of that version. Raises what pickle raises when an argument cannot travel."""
    body = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
    return body if version <= UNMARKED else b"%c%b\0%b" % (PROTOCOL, str(message.actor).encode(), body)


def decode_message(data: bytes) -> Message:
    """The message of these bytes, which come from our own processes only. Raises TooNew."""
    version = data[0]
    if version == PICKLE:
        return cast("Message", pickle.loads(data))
    end = data.index(b"\0")
    if version > PROTOCOL:
        kind, _, key = data[1:end].decode().partition("/")
        raise TooNew(ActorId(kind, key))
    return cast("Message", pickle.loads(memoryview(data)[end + 1 :]))


def encode_reply(reply: Reply) -> bytes:
    """The reply as bytes; what cannot travel becomes ActorFailed that says what it was."""
    if isinstance(reply, Raised):
        return pickle.dumps(Raised(portable(reply.error)), pickle.HIGHEST_PROTOCOL)
    try:
        return pickle.dumps(reply, pickle.HIGHEST_PROTOCOL)
    except Exception as error:
        failed = ActorFailed(f"the answer cannot travel: {type(error).__name__}: {error}")
        return pickle.dumps(Raised(failed), pickle.HIGHEST_PROTOCOL)


def decode_reply(data: bytes) -> Reply:
    """The reply of these bytes."""
    return cast("Reply", pickle.loads(data))


def portable(error: BaseException) -> BaseException:
    """The error as it can travel: itself when it survives pickling, else ActorFailed with its text.

    An error that is not one of ours is a fault in an actor, so it takes its traceback along as a note.
    """
    if not isinstance(error, ApexError) and not getattr(error, "__notes__", None):
        error.add_note("In the actor:\n" + "".join(traceback.format_exception(error)).rstrip())
    try:
        copy = pickle.loads(pickle.dumps(error, pickle.HIGHEST_PROTOCOL))
    except Exception:
        return ActorFailed(f"{type(error).__qualname__}: {error}")
    return error if type(copy) is type(error) else ActorFailed(f"{type(error).__qualname__}: {error}")
