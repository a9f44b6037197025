"""What notebooks are tried with: cells, files that they begin with, and somebody to whom they belong."""

from collections.abc import Mapping

from cluster.ids import ConversationId, UserId, new_id
from sandbox.jail.kernel import CellRun
from sandbox.notebook.kernels import Kernels, Ran

SPINS = "open('begun', 'w').close()\nwhile True: pass"
"""A cell that ends only if it is interrupted."""


class Somebody:
    """A user in a conversation."""

    def __init__(self, kernels: Kernels, user: UserId | None = None, conversation: ConversationId | None = None):
        self.kernels = kernels
        self.user = user or UserId(new_id())
        self.conversation = conversation or ConversationId(new_id())
        self.seeded = 0

    def elsewhere(self) -> "Somebody":
        """The same user in another conversation."""
        return Somebody(self.kernels, user=self.user)

    async def ran(self, code: str, seconds: float = 20) -> Ran:
        """What a cell comes to."""
        return await self.kernels.run_cell(self.user, self.conversation, CellRun(code=code, seconds=seconds), self.seed)

    async def value(self, code: str) -> str | None:
        """The value that a cell shows."""
        return (await self.ran(code)).outcome.said.value

    async def seed(self) -> Mapping[str, bytes]:
        """The files of the notebook; counts how often they were asked for."""
        self.seeded += 1
        return {"kept.txt": b"kept"}

    async def end(self) -> bool:
        """Reset."""
        return await self.kernels.end(self.user, self.conversation)
