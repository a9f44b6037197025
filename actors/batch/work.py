"""What a kind of task does."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from actors.batch.door import Door

Result = Mapping[str, Any]


class Work(Protocol):
    """Tasks of one kind."""

    async def begin(self, door: Door, key: str, facts: Mapping[str, Any]) -> str:
        """Begin one, or meet it again; answers its id. Raises Refused."""
        ...

    async def look(self, door: Door, id: str, facts: Mapping[str, Any]) -> Result | None:
        """What came of it; None while it is under way. A result has `status` and `cost_usd`."""
        ...

    def summary(self, results: Sequence[Result]) -> Mapping[str, bytes]:
        """The files that are left at the end, by name."""
        ...
