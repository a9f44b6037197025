"""Kernels in this process's care, without Ray."""

from collections import OrderedDict
from types import TracebackType
from typing import Self

from cluster.errors import Busy
from cluster.ids import ConversationId, UserId
from sandbox.jail.jail import KernelJail
from sandbox.jail.kernel import CellRun
from sandbox.jail.limits import Limits
from sandbox.notebook.kernels import IDLE_SECONDS, MOST_OF_USER, NOTEBOOK, KernelState, Ran, Seed
from sandbox.notebook.notebook import Notebook
from sandbox.runner import Tell, tell_nobody

MOST_REMEMBERED = 1000
"""Notebooks of which it is still known why they have no kernel."""
NEEDED = "its place was needed for another notebook"

Key = tuple[UserId, ConversationId]


class InlineKernels:
    """Implements `Kernels`. Used as an async context, which ends all of them."""

    def __init__(
        self,
        jail: KernelJail,
        *,
        most: int = 8,
        most_of_user: int = MOST_OF_USER,
        idle_seconds: float = IDLE_SECONDS,
        limits: Limits = NOTEBOOK,
    ) -> None:
        self._jail = jail
        self._most = most
        self._most_of_user = most_of_user
        self._idle_seconds = idle_seconds
        self._limits = limits
        self._notebooks: OrderedDict[Key, Notebook] = OrderedDict()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for notebook in self._notebooks.values():
            await notebook.close()

    async def run_cell(
        self, user: UserId, conversation: ConversationId, cell: CellRun, seed: Seed, tell: Tell = tell_nobody
    ) -> Ran:
        """See `Kernels.run_cell`."""
        notebook = self._place(user, conversation)
        return await notebook.run(cell, seed, tell)

    async def state(self, user: UserId, conversation: ConversationId) -> KernelState | None:
        """See `Kernels.state`."""
        notebook = self._notebooks.get((user, conversation))
        return None if notebook is None else await notebook.state()

    async def end(self, user: UserId, conversation: ConversationId) -> bool:
        """See `Kernels.end`."""
        notebook = self._notebooks.get((user, conversation))
        return False if notebook is None else await notebook.end()

    def _place(self, user: UserId, conversation: ConversationId) -> Notebook:
        """The conversation's notebook, with room for its kernel. Raises Busy."""
        key = user, conversation
        notebook = self._notebooks.get(key)
        if notebook is None or not notebook.takes_room:
            self._make_room([each for (owner, _), each in self._notebooks.items() if owner == user], self._most_of_user)
            self._make_room(list(self._notebooks.values()), self._most)
        if notebook is None:
            notebook = self._notebooks[key] = Notebook(self._jail, self._limits, self._idle_seconds)
            self._forget()
        self._notebooks.move_to_end(key)
        return notebook

    def _make_room(self, among: list[Notebook], most: int) -> None:
        """See that fewer than so many of these have kernels: the one that was idle for longest gives up its own."""
        holding = [notebook for notebook in among if notebook.takes_room]
        if len(holding) < most:
            return
        idle = [notebook for notebook in holding if not notebook.is_busy]
        if not idle:
            raise Busy("all the notebooks that may be open at once are busy")
        min(idle, key=lambda notebook: notebook.rest.used).put_away(NEEDED)

    def _forget(self) -> None:
        """Remember no more than so many notebooks without a kernel."""
        over = len(self._notebooks) - self._most - MOST_REMEMBERED
        if over > 0:
            for key in [key for key, notebook in self._notebooks.items() if not notebook.takes_room][:over]:
                del self._notebooks[key]
