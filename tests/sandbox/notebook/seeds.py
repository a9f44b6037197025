"""What notebooks are tried with: cells, files that they begin with, and somebody to whom they belong."""

import asyncio
from collections.abc import Mapping

from cluster.ids import ConversationId, UserId, new_id
from sandbox.jail.kernel import CellRun
from sandbox.notebook.kernels import Kernels, Ran

PRINTS = (
    "from itertools import count\nfrom time import sleep\n"
    "for n in count():\n    print('step', n, '\\x1b[1m')\n    sleep(0.01)"
)
"""A cell that prints and ends only if it is interrupted."""
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

    async def heard_of(self, code: str, word: str) -> list[str]:
        """What is told while a cell runs, which is interrupted as soon as this word was among it."""
        heard: list[str] = []
        came = asyncio.Event()

        def tell(words: str) -> None:
            heard.append(words)
            if word in words:
                came.set()

        cell = CellRun(code=code, seconds=60)
        running = asyncio.create_task(self.kernels.run_cell(self.user, self.conversation, cell, self.seed, tell))
        async with asyncio.timeout(60):
            await came.wait()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        return heard

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
