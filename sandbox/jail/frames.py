"""The messages between us and a jail's warden: a JSON head, then bytes whose sizes the head names."""

import json
import struct
from collections.abc import Callable, Mapping, Sequence
from typing import Any

PREFIX = struct.Struct("!I")

Frame = tuple[dict[str, Any], list[bytes]]


def pack(head: Mapping[str, Any], blobs: Sequence[bytes] = ()) -> bytes:
    """A message as it is sent."""
    text = json.dumps({**head, "sizes": [len(blob) for blob in blobs]}).encode()
    return b"".join((PREFIX.pack(len(text)), text, *blobs))


def unpack(read: Callable[[int], bytes]) -> Frame:
    """Receive one message; `read` answers exactly as many bytes as it is asked for, or raises EOFError."""
    (length,) = PREFIX.unpack(read(PREFIX.size))
    head = head_of(read(length))
    return head, [read(size) for size in head.pop("sizes")]


def head_of(text: bytes) -> dict[str, Any]:
    """The head of a message."""
    return json.loads(text)
