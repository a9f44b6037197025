"""Kernels on sandbox nodes: one Ray actor for each."""

from collections.abc import Mapping
from functools import cache
from typing import cast

from cluster.ids import ConversationId, UserId
from sandbox.errors import Interrupted
from sandbox.jail.jail import KernelJail
from sandbox.jail.kernel import CellRun
from sandbox.jail.limits import MIB, Limits
from sandbox.kept.on_ray import KeptActor, KeptActors, Recipe
from sandbox.notebook.kernels import IDLE_SECONDS, MOST_OF_USER, NOTEBOOK, Kernels, KernelState, Ran, Seed
from sandbox.notebook.notebook import Notebook

NAMESPACE = "apex-notebooks"
NEEDS: Mapping[str, object] = {"num_cpus": 0.1, "memory": 256 * MIB, "resources": {"sandbox": 0.1}}
"""Between cells a kernel stands still, so it takes a tenth of the place of a run."""


class KernelActor(KeptActor):
    """The Ray actor that keeps one notebook."""

    def __init__(self, limits: Limits, idle_seconds: float) -> None:
        self._notebook = Notebook(KernelJail(), limits, idle_seconds, when_put_away=self.leave)
        super().__init__(self._notebook)

    async def run(self, cell: CellRun, seed: Mapping[str, bytes] | None) -> Ran | None:
        """See `Kernels.run_cell`; None if there must be files first, for a new kernel."""

        async def given() -> Mapping[str, bytes]:
            if seed is None:
                raise _SeedWanted
            return seed

        try:
            return await self._notebook.run(cell, given)
        except _SeedWanted:
            return None

    async def state(self) -> KernelState | None:
        """See `Kernels.state`."""
        return await self._notebook.state()

    async def end(self) -> bool:
        """See `Kernels.end`; the actor stays until it was idle for long enough."""
        return await self._notebook.end()


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

    async def run_cell(self, user: UserId, conversation: ConversationId, cell: CellRun, seed: Seed) -> Ran:
        """See `Kernels.run_cell`."""
        actors = self._actors
        actor = await actors.found(user, conversation) or await actors.made(user, conversation)
        ran = await actors.answer(actor.run.remote(cell, None))
        return cast("Ran", ran or await actors.answer(actor.run.remote(cell, await seed())))

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


@cache
def process_kernels() -> Kernels:
    """The kernels as this process reaches them."""
    return RayKernels()
