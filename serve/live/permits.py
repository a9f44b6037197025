"""What a socket may do that was opened with a key: what the key may, asked at every command, and until the key ends."""

import asyncio
from typing import TYPE_CHECKING

from cluster.errors import Unavailable
from serve import socket_wire
from serve.accounts.keys import KNOWN_SECONDS, ApiKeys
from serve.accounts.scopes import Area
from serve.accounts.tickets import Holder
from serve.errors import SignInNeeded

if TYPE_CHECKING:
    from collections.abc import Mapping

CHANNELS: "Mapping[str, Area]" = {
    "conversation": "chat",
    "realm": "village",
    "agent": "agents",
    "swarm": "agents",
    "council": "agents",
    "user": "preferences",
}
"""The areas of channels, by their kind."""


class Permit:
    """What the holder of a ticket may do."""

    def __init__(self, keys: ApiKeys, holder: Holder) -> None:
        self._keys = keys
        self._key_hash = holder.key_hash

    @property
    def ends(self) -> bool:
        """Whether it may end before the socket does."""
        return self._key_hash is not None

    async def check(self, command: socket_wire.SocketCommand) -> None:
        """Raises ScopeMissing for what the key does not open, BadToken and ExpiredToken when it opens nothing more."""
        if self._key_hash is not None:
            caller = await self._keys.read_hash(self._key_hash)
            area, reading = area_of(command)
            caller.require(area, reading=reading)

    async def ended(self) -> None:
        """Wait until the key is revoked or has expired."""
        while self._key_hash is not None:
            await asyncio.sleep(KNOWN_SECONDS)
            try:
                await self._keys.read_hash(self._key_hash)
            except SignInNeeded:
                return
            except Unavailable:
                continue


def area_of(command: socket_wire.SocketCommand) -> tuple[Area | None, bool]:
    """The area that a command belongs to, None for one that no key opens; and whether it only reads."""
    match command:
        case socket_wire.SocketPing() | socket_wire.SocketUnsubscribe():
            return "anything", True
        case socket_wire.SocketSubscribe():
            return CHANNELS.get(command.channel.partition(":")[0]), True
        case socket_wire.SocketAnswer():
            return "tools", False
        case _:
            return "chat", False
