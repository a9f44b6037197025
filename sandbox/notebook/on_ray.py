"""Kernels on sandbox nodes: one Ray actor for each, found again by its name wherever the conversation goes on.

The actor runs no code itself: it keeps a jail. It ends itself when its notebook was idle for too long.
"""

import asyncio
from collections.abc import Mapping
from functools import cache
from typing import Any, cast

import ray
from ray.exceptions import RayActorError, RayError, RayTaskError
from ray.util import list_named_actors

from cluster.errors import ApexError, Busy, Unavailable
from cluster.ids import ConversationId, UserId
from sandbox.errors import Interrupted
from sandbox.jail.jail import KernelJail
from sandbox.jail.kernel import CellRun
from sandbox.jail.limits import MIB, Limits
from sandbox.notebook.kernels import IDLE_SECONDS, MOST_OF_USER, NOTEBOOK, Kernels, KernelState, Ran, Seed
from sandbox.notebook.notebook import Notebook

RAY: Any = ray
"""Ray, whose own types are partly unknown."""
NAMESPACE = "apex-notebooks"
NEEDS: Mapping[str, Any] = {"num_cpus": 0.1, "memory": 256 * MIB, "resources": {"sandbox": 0.1}}
"""Between cells a kernel stands still, so it takes a tenth of the place of a run."""
READY_SECONDS = 60.0
"""How long a node with room may take to come."""


class KernelActor:
    """The Ray actor that keeps one notebook."""

    def __init__(self, limits: Limits, idle_seconds: float) -> None:
        self._notebook = Notebook(KernelJail(), limits, idle_seconds, when_put_away=self._leave)
        self._leaving: asyncio.Task[None] | None = None

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

    async def touch(self) -> None:
        """Stay for as long as if a cell had just run."""
        self._notebook.touch()

    async def idle(self) -> float | None:
        """For how long nobody has used it, in seconds; None while it is busy."""
        return self._notebook.idle

    async def close(self) -> None:
        """End the kernel for good."""
        await self._notebook.close()

    def _leave(self) -> None:
        self._leaving = asyncio.get_running_loop().create_task(self._left())

    async def _left(self) -> None:
        await self._notebook.close()
        RAY.kill(RAY.get_runtime_context().current_actor)


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
        self._limits = limits
        self._idle_seconds = idle_seconds
        self._most_of_user = most_of_user
        self._namespace = namespace

    async def run_cell(self, user: UserId, conversation: ConversationId, cell: CellRun, seed: Seed) -> Ran:
        """See `Kernels.run_cell`."""
        actor = await self._found(user, conversation) or await self._made(user, conversation)
        ran = await _answer(actor.run.remote(cell, None)) or await _answer(actor.run.remote(cell, await seed()))
        return cast("Ran", ran)

    async def state(self, user: UserId, conversation: ConversationId) -> KernelState | None:
        """See `Kernels.state`."""
        actor = await self._found(user, conversation)
        try:
            return None if actor is None else cast("KernelState | None", await _answer(actor.state.remote()))
        except Interrupted:
            return None

    async def end(self, user: UserId, conversation: ConversationId) -> bool:
        """See `Kernels.end`."""
        actor = await self._found(user, conversation)
        try:
            return actor is not None and cast("bool", await _answer(actor.end.remote()))
        except Interrupted:
            return False

    async def _found(self, user: UserId, conversation: ConversationId) -> Any:
        """The conversation's actor, which was just heard of and so will not leave now; or None."""
        try:
            actor = await asyncio.to_thread(RAY.get_actor, _name(user, conversation), self._namespace)
            await _heard(actor)
        except (ValueError, Interrupted):
            return None
        return actor

    async def _made(self, user: UserId, conversation: ConversationId) -> Any:
        """A new actor, or the one that somebody else has just made. Raises Busy where no node has room."""
        await self._make_room(user)
        actor = await asyncio.to_thread(self._make, _name(user, conversation))
        try:
            await _heard(actor)
        except Busy:
            await asyncio.to_thread(RAY.kill, actor)
            raise
        return actor

    def _make(self, name: str) -> Any:
        return (
            RAY.remote(KernelActor)
            .options(
                name=name,
                namespace=self._namespace,
                lifetime="detached",
                get_if_exists=True,
                max_restarts=0,
                max_task_retries=0,
                **NEEDS,
            )
            .remote(self._limits, self._idle_seconds)
        )

    async def _make_room(self, user: UserId) -> None:
        """See that the user has room for one more: the notebook that was idle for longest is closed."""
        actors = await asyncio.to_thread(self._of, user)
        if len(actors) < self._most_of_user:
            return
        idle = await asyncio.gather(*(_answer(actor.idle.remote()) for actor in actors), return_exceptions=True)
        free = [(seconds, n) for n, seconds in enumerate(idle) if isinstance(seconds, float)]
        if not free:
            raise Busy("all the notebooks that may be open at once are busy")
        actor = actors[max(free)[1]]
        await asyncio.gather(_answer(actor.close.remote()), return_exceptions=True)
        await asyncio.to_thread(RAY.kill, actor)

    def _of(self, user: UserId) -> list[Any]:
        named = cast("list[dict[str, str]]", list_named_actors(all_namespaces=True))
        names = [each["name"] for each in named if each["namespace"] == self._namespace]
        return [RAY.get_actor(name, self._namespace) for name in names if name.startswith(f"{user}/")]


def _name(user: UserId, conversation: ConversationId) -> str:
    return f"{user}/{conversation}"


async def _heard(actor: Any) -> None:
    """Hear of an actor that may still wait for a node. Raises Interrupted if it is dead, Busy if no node has room."""
    try:
        async with asyncio.timeout(READY_SECONDS):
            await _answer(actor.touch.remote())
    except TimeoutError:
        raise Busy("no sandbox node has room for a notebook") from None


async def _answer(call: Any) -> object:
    """What the actor answers; cancelling this cancels it there."""
    try:
        return cast("object", await call)
    except asyncio.CancelledError:
        RAY.cancel(call, recursive=False)
        raise
    except RayTaskError as error:
        cause = getattr(error, "cause", None)
        raise cause if isinstance(cause, ApexError) else error from None
    except RayActorError as error:
        raise Interrupted("The notebook's kernel was lost with its machine.") from error
    except RayError as error:
        raise Unavailable("the cluster cannot run notebooks at the moment") from error


@cache
def process_kernels() -> Kernels:
    """The kernels as this process reaches them."""
    return RayKernels()
