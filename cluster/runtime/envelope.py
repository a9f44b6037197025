"""What travels between a caller and a host: one message as bytes, one reply as bytes, the same on every runtime.

Errors travel inside replies, so that an actor's error reaches the caller as itself and never as a transport's.
"""

import pickle
import traceback
from dataclasses import dataclass
from typing import Any, cast

from cluster.errors import ApexError
from cluster.ids import HostId
from cluster.runtime.actor import ActorId
from cluster.runtime.errors import ActorFailed


@dataclass(frozen=True, slots=True)
class Message:
    """One message to one actor."""

    actor: ActorId
    method: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any]


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


def encode_message(message: Message) -> bytes:
    """The message as bytes. Raises what pickle raises when an argument cannot travel."""
    return pickle.dumps(message, pickle.HIGHEST_PROTOCOL)


def decode_message(data: bytes) -> Message:
    """The message of these bytes. They come from our own processes only."""
    return cast("Message", pickle.loads(data))


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
