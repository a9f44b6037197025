"""A user's places on the whole cluster: how many at once, whichever processes ask, given out in turn.

A Ray actor on the head's node gives them out. A process that it has not heard of for a while has lost its places. Where
it cannot be reached, or has just begun anew, each process goes by its own bounds: a user may have more for a moment,
and nobody waits for it.
"""

import asyncio
import logging
import secrets
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import ray
from ray.exceptions import RayError, RayTaskError

from cluster.errors import ApexError
from cluster.ids import UserId
from sandbox.fair_queue import FairQueue

RAY: Any = ray
"""Ray, whose own types are partly unknown."""
NAME, NAMESPACE = "places", "apex-sandbox"
HEAD = {"node:__internal_head__": 0.001}
"""What Ray's head node offers: sandbox nodes come and go."""
HEARD_SECONDS, LOST_SECONDS = 5.0, 20.0
"""How often a process says that it is there, and when it counts as lost."""
FIND_SECONDS, AGAIN_SECONDS = 10.0, 30.0
"""How long the actor is waited for, and when it is looked for again if it did not come."""

CALLS = 10_000
"""Calls that the actor answers at once: more than can wait, or nobody could give a place back."""
PROGRAMS, MAKING = "programs", "making"

log = logging.getLogger(__name__)


def queues() -> Mapping[str, FairQueue]:
    """Programs: what Ray's autoscaler sees at once, four of one user. Making: a user's next kernel or browser."""
    return {
        PROGRAMS: FairQueue(at_once=256, of_one=4, waiting_of_one=32, waiting=4000),
        MAKING: FairQueue(at_once=256, of_one=1, waiting_of_one=16, waiting=1000),
    }


@dataclass
class _Lease:
    """A place that is asked for, or taken."""

    holder: str
    asking: "asyncio.Task[None]"
    taken: AsyncExitStack


class Places:
    """Gives out places. `now` is a clock in seconds."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._queues = queues()
        self._now = now
        self._leases: dict[str, _Lease] = {}
        self._heard: dict[str, float] = {}

    async def take(self, holder: str, lease: str, queue: str, user: UserId) -> bool:
        """Ask for a place, which this process has until it gives it back. Raises Busy when too much waits.

        Answers whether there is one at once; if not, `wait` answers when there is.
        """
        taken = AsyncExitStack()
        asking = asyncio.create_task(taken.enter_async_context(self._queues[queue].place(user)))
        self._leases[lease] = _Lease(holder, asking, taken)
        await self.hear(holder)
        # Whatever can be said at once has been said after its first step.
        await asyncio.sleep(0)
        if not asking.done():
            return False
        if asking.cancelled() or asking.exception():
            self._leases.pop(lease, None)
        await asking
        return True

    async def wait(self, lease: str) -> None:
        """Answers when the place that was asked for is there."""
        asked = self._leases.get(lease)
        if asked is not None:
            await asked.asking

    async def give_back(self, lease: str) -> None:
        """The place is free, or is not asked for any more."""
        given = self._leases.pop(lease, None)
        if given is None:
            return
        if not given.asking.done():
            given.asking.cancel()
            await asyncio.wait({given.asking})
        await given.taken.aclose()

    async def hear(self, holder: str) -> None:
        """This process is there. Those that were not heard of for too long lose what they have."""
        now = self._now()
        self._heard[holder] = now
        lost = {holder for holder, heard in self._heard.items() if now - heard > LOST_SECONDS}
        for holder in lost:
            del self._heard[holder]
        for lease in [key for key, lease in self._leases.items() if lease.holder in lost]:
            await self.give_back(lease)


class RayPlaces:
    """Places of the Ray cluster that this process is connected to."""

    def __init__(self, *, name: str = NAME) -> None:
        self._name = name
        self._holder = secrets.token_hex(8)
        self._actor: Any = None
        self._looking = asyncio.Lock()
        self._look_at = 0.0
        self._held = 0
        self._beating: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def place(self, queue: str, user: UserId, waits: Callable[[], None] = lambda: None) -> AsyncGenerator[None]:
        """A place while the context lasts; `waits` is called if there is none at once. Raises Busy."""
        lease = secrets.token_hex(8)
        self._held += 1
        self._beat()
        try:
            await self._take(queue, lease, user, waits)
            yield
        finally:
            self._held -= 1
            if self._actor is not None:
                self._actor.give_back.remote(lease)

    async def _take(self, queue: str, lease: str, user: UserId, waits: Callable[[], None]) -> None:
        try:
            actor = await self._found()
            if actor is None:
                return
            if not await actor.take.remote(self._holder, lease, queue, user):
                waits()
                await actor.wait.remote(lease)
        except RayTaskError as error:
            cause = getattr(error, "cause", None)
            if isinstance(cause, ApexError):
                raise cause from None
            self._lost(error)
        except RayError as error:
            self._lost(error)

    async def _found(self) -> Any:
        """The actor; None while it cannot be reached."""
        if self._actor is None and time.monotonic() >= self._look_at:
            async with self._looking:
                if self._actor is None and time.monotonic() >= self._look_at:
                    await self._look()
        return self._actor

    async def _look(self) -> None:
        try:
            async with asyncio.timeout(FIND_SECONDS):
                actor = await asyncio.to_thread(_made, self._name)
                await actor.hear.remote(self._holder)
            self._actor = actor
        except (RayError, TimeoutError) as error:
            self._lost(error)

    def _lost(self, error: Exception) -> None:
        log.warning("a user's places are counted by each process for itself, for a while: %s", error)
        self._actor, self._look_at = None, time.monotonic() + AGAIN_SECONDS

    def _beat(self) -> None:
        if self._beating is None or self._beating.done():
            self._beating = asyncio.create_task(self._say_that_we_are_there())

    async def _say_that_we_are_there(self) -> None:
        while self._held:
            await asyncio.sleep(HEARD_SECONDS)
            if self._actor is not None:
                self._actor.hear.remote(self._holder)


def _made(name: str) -> Any:
    options = {"name": name, "namespace": NAMESPACE, "lifetime": "detached", "get_if_exists": True}
    return (
        RAY.remote(Places)
        .options(**options, num_cpus=0, max_restarts=-1, max_concurrency=CALLS, resources=HEAD)
        .remote()
    )
