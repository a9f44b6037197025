"""Kernels on sandbox nodes: one Ray actor for each."""

import asyncio
import secrets
from collections.abc import Mapping
from functools import cache
from typing import Any, cast

from cluster.ids import ConversationId, UserId
from sandbox.errors import Interrupted
from sandbox.jail.jail import KernelJail
from sandbox.jail.kernel import CellRun
from sandbox.jail.limits import MIB, Limits
from sandbox.kept.on_ray import KeptActor, KeptActors, Recipe
from sandbox.notebook.kernels import IDLE_SECONDS, MOST_OF_USER, NOTEBOOK, Kernels, KernelState, Ran, Seed
from sandbox.notebook.notebook import Notebook
from sandbox.runner import Tell, tell_nobody

NAMESPACE = "apex-notebooks"
NEEDS: Mapping[str, object] = {"num_cpus": 0.1, "memory": 256 * MIB, "resources": {"sandbox": 0.1}}
"""Between cells a kernel stands still, so it takes a tenth of the place of a run."""


class KernelActor(KeptActor):
    """The Ray actor that keeps one notebook."""

    def __init__(self, limits: Limits, idle_seconds: float) -> None:
        self._notebook = Notebook(KernelJail(), limits, idle_seconds, when_put_away=self.leave)
        self._words: dict[str, _Words] = {}
        super().__init__(self._notebook)

    async def run(self, call: str, cell: CellRun, seed: Mapping[str, bytes] | None) -> Ran | None:
        """See `Kernels.run_cell`; None if there must be files first, for a new kernel.

        `call` is what its caller asks for its words by.
        """

        async def given() -> Mapping[str, bytes]:
            if seed is None:
                raise _SeedWanted
            return seed

        words = self._words[call] = _Words()
        try:
            return await self._notebook.run(cell, given, words.put)
        except _SeedWanted:
            return None
        finally:
            del self._words[call]
            words.put(None)

    async def words(self, call: str, number: int) -> tuple[int, str | None]:
        """What is said of a call after the words of this number, once there is something; None when it is over."""
        words = self._words.get(call)
        return (0, None) if words is None else await words.after(number)

    async def state(self) -> KernelState | None:
        """See `Kernels.state`."""
        return await self._notebook.state()

    async def end(self) -> bool:
        """See `Kernels.end`; the actor stays until it was idle for long enough."""
        return await self._notebook.end()


class _Words:
    """The latest words about a call, numbered from 1."""

    def __init__(self) -> None:
        self._number = 0
        self._latest: str | None = None
        self._new = asyncio.Event()

    def put(self, words: str | None) -> None:
        """These are the latest."""
        self._number, self._latest = self._number + 1, words
        self._new.set()

    async def after(self, number: int) -> tuple[int, str | None]:
        """The latest, when they are not those of this number any more."""
        while self._number <= number:
            self._new.clear()
            await self._new.wait()
        return self._number, self._latest


class _SeedWanted(Exception):
    """A new kernel is to be started, and the files that it begins with were not sent."""


class RayKernels:
    """Implements `Kernels` in the Ray cluster that this process is connected to."""

    def __init__(
        self,
        *,
        limits: Limits = NOTEBOOK,
        idle_seconds: float = IDLE_SECONDS,
        most_of_user: int = MOST_OF_USER,
        namespace: str = NAMESPACE,
    ) -> None:
        self._actors = KeptActors(
            Recipe(
                what="notebook",
                actor=KernelActor,
                arguments=(limits, idle_seconds),
                namespace=namespace,
                needs=NEEDS,
                most_of_user=most_of_user,
                gives_way=True,
            )
        )

    async def run_cell(
        self, user: UserId, conversation: ConversationId, cell: CellRun, seed: Seed, tell: Tell = tell_nobody
    ) -> Ran:
        """See `Kernels.run_cell`."""
        actor = await self._actors.found(user, conversation) or await self._actors.made(user, conversation)
        ran = await self._ran(actor, cell, None, tell) or await self._ran(actor, cell, await seed(), tell)
        return cast("Ran", ran)

    async def state(self, user: UserId, conversation: ConversationId) -> KernelState | None:
        """See `Kernels.state`."""
        actor = await self._actors.found(user, conversation)
        try:
            return None if actor is None else await self._actors.answer(actor.state.remote())
        except Interrupted:
            return None

    async def end(self, user: UserId, conversation: ConversationId) -> bool:
        """See `Kernels.end`."""
        actor = await self._actors.found(user, conversation)
        try:
            return actor is not None and await self._actors.answer(actor.end.remote())
        except Interrupted:
            return False

    async def _ran(self, actor: Any, cell: CellRun, seed: Mapping[str, bytes] | None, tell: Tell) -> Ran | None:
        call = secrets.token_hex(8)
        answer = actor.run.remote(call, cell, seed)
        telling = asyncio.create_task(self._tell(actor, call, tell))
        try:
            return cast("Ran | None", await self._actors.answer(answer))
        finally:
            telling.cancel()
            await asyncio.gather(telling, return_exceptions=True)

    async def _tell(self, actor: Any, call: str, tell: Tell) -> None:
        """Pass on what is said of a call until it is over; that its actor was lost is told by the call itself."""
        number, words = 0, ""
        while words is not None:
            number, words = await self._actors.answer(actor.words.remote(call, number))
            if words:
                tell(words)


@cache
def process_kernels() -> Kernels:
    """The kernels as this process reaches them."""
    return RayKernels()
