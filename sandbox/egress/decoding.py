"""Takes compressed bodies apart without trusting how large they become."""

import zlib
from typing import Protocol

from sandbox.egress.errors import Unreachable

ACCEPTED = "gzip, deflate"
GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS


class Decoder(Protocol):
    """Makes plain bytes of encoded ones, and never more than asked for."""

    def decode(self, data: bytes, room: int) -> bytes:
        """At most `room` bytes of what this data stands for; what exceeds them is dropped."""
        ...


class Plain:
    """A body that is what it is."""

    def decode(self, data: bytes, room: int) -> bytes:
        """The data itself."""
        return data[:room]


class Compressed:
    """A body by gzip or deflate."""

    def __init__(self) -> None:
        self._inflate = zlib.decompressobj(GZIP_OR_ZLIB)
        self._begun = False

    def decode(self, data: bytes, room: int) -> bytes:
        """The inflated data."""
        if room <= 0:
            return b""
        begun, self._begun = self._begun, True
        try:
            return self._inflate.decompress(data, room)
        except zlib.error:
            if begun:
                raise Unreachable("The answer is compressed in a way that cannot be read.") from None
        # Some servers call the bare format, without its frame, deflate.
        self._inflate = zlib.decompressobj(-zlib.MAX_WBITS)
        return self.decode(data, room)


def decoder_of(encoding: str) -> Decoder:
    """The decoder for a Content-Encoding. Raises Unreachable for one that was not asked for."""
    match encoding.strip().lower():
        case "" | "identity":
            return Plain()
        case "gzip" | "x-gzip" | "deflate":
            return Compressed()
        case other:
            raise Unreachable(f"The answer is encoded as {other[:40]!r}, which was not asked for.")
