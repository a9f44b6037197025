"""What does nothing: an actor of ours and a bare Ray actor, to compare the ways to them."""

from typing import ClassVar

from cluster.services import ActorServices


class Echo:
    """Answers with what it was asked."""

    kind: ClassVar[str] = "echo"

    def __init__(self, key: str, services: ActorServices) -> None:
        self.key = key

    async def echo(self, data: bytes) -> bytes:
        """The same."""
        return data


class BareEcho:
    """The same as a Ray actor, without any of ours in between."""

    async def echo(self, data: bytes) -> bytes:
        """The same."""
        return data
