"""Runs programs on sandbox nodes: one Ray task for each, which never runs the program itself but starts a jail for it.

A task demands one of the custom resource `sandbox`, so it lands on nodes that offer it, and Ray's autoscaler adds such
nodes while runs wait. A user has so many places on the whole cluster; a process gives its own to users in turn.
"""

import asyncio
from collections.abc import MutableMapping
from concurrent.futures import Future
from functools import partial
from threading import Thread
from typing import Any, cast
from weakref import WeakKeyDictionary

import ray
from ray.exceptions import (
    NodeDiedError,
    ObjectLostError,
    OutOfMemoryError,
    OwnerDiedError,
    RayError,
    RayTaskError,
    TaskCancelledError,
    TaskUnschedulableError,
    WorkerCrashedError,
)

from cluster.errors import ApexError, Unavailable
from cluster.ids import UserId
from sandbox.errors import Interrupted
from sandbox.fair_queue import FairQueue
from sandbox.inline_pool import InlinePool
from sandbox.jail.cell import checked
from sandbox.jail.jail import Jail
from sandbox.jail.run import Outcome, Run
from sandbox.places import PROGRAMS, RayPlaces
from sandbox.runner import RUNS, WAITS, Tell, tell_nobody

RAY: Any = ray
"""Ray, whose own types are partly unknown."""
RESOURCE = "sandbox"
"""What nodes offer that run strangers' programs: how many at once."""
AT_ONCE, OF_ONE = 32, 4
"""Runs that a process hands to Ray, where those that wait are what the autoscaler sees; and one user's of them."""
WAITING_OF_ONE, WAITING = 32, 1000
"""Runs that wait in a process before it says that it is busy: one user's, and all."""
LOOK_SECONDS = 0.05
"""How often a task looks whether it was cancelled: Ray tells its main thread, which must be awake to hear it."""
LIBRARIES = ("numpy", "pandas")
"""What is imported ahead for programs that name it. That costs half a second, so others get a jail without."""
LOST = (WorkerCrashedError, NodeDiedError, OwnerDiedError, ObjectLostError, OutOfMemoryError, TaskCancelledError)


class RayPool:
    """Runs programs on the cluster that this process is connected to, as asyncio work."""

    def __init__(self) -> None:
        self._cluster = RayPlaces()
        self._places = FairQueue(at_once=AT_ONCE, of_one=OF_ONE, waiting_of_one=WAITING_OF_ONE, waiting=WAITING)

    async def run(self, run: Run, user: UserId, tell: Tell = tell_nobody) -> Outcome:
        """See `Runner.run`."""
        checked(run)
        limits = run.limits
        needs = {"num_cpus": limits.cpus, "memory": limits.memory_bytes, "resources": {RESOURCE: 1}}
        waits = partial(tell, WAITS)
        async with self._cluster.place(PROGRAMS, user, waits), self._places.place(user, waits):
            tell(RUNS)
            return await _outcome(RAY_TASK.options(**needs, name=f"sandbox/{run.language}").remote(run))


async def _outcome(task: Any) -> Outcome:
    """What the task came to; cancelling this cancels it."""
    try:
        return cast("Outcome", await task)
    except asyncio.CancelledError:
        RAY.cancel(task)
        raise
    except LOST as error:
        raise Interrupted from error
    except RayTaskError as error:
        cause = getattr(error, "cause", None)
        raise cause if isinstance(cause, ApexError) else error from None
    except TaskUnschedulableError as error:
        raise Unavailable("no sandbox node can run this") from error
    except RayError as error:
        raise Unavailable("the cluster cannot run programs at the moment") from error


def run_jailed(run: Run) -> Outcome:
    """The task: hand the program to this worker's jails, and end it when the task is cancelled."""
    done = _Jails.of_process().begin(run)
    try:
        while True:
            try:
                return done.result(LOOK_SECONDS)
            except TimeoutError:
                if done.done():
                    raise
    except KeyboardInterrupt:
        done.cancel()
        raise


RAY_TASK: Any = RAY.remote(max_retries=0)(run_jailed)


class _Jails:
    """The jails of one Ray worker, in an event loop beside its main thread.

    One is always started ahead, and another with libraries once a program has wanted them.
    """

    _here: "_Jails | None" = None

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        Thread(target=self._loop.run_forever, name="jails", daemon=True).start()
        self._jail = Jail()
        self._bare = self._opened(InlinePool(self._jail, warm=1, at_once=1))
        self._with_libraries: InlinePool | None = None

    @classmethod
    def of_process(cls) -> "_Jails":
        """Those of this process; the first call tests the walls. Raises JailUnavailable."""
        if cls._here is None:
            cls._here = cls()
        return cls._here

    def begin(self, run: Run) -> "Future[Outcome]":
        """Run a program; cancelling the future ends it and all that it started."""
        pool = self._bare
        if any(name in run.code for name in LIBRARIES):
            pool = self._with_libraries
            if pool is None:
                pool = InlinePool(self._jail, warm=1, at_once=1, preload=LIBRARIES)
                pool = self._with_libraries = self._opened(pool)
        return asyncio.run_coroutine_threadsafe(pool.run(run), self._loop)

    def _opened(self, pool: InlinePool) -> InlinePool:
        return asyncio.run_coroutine_threadsafe(pool.__aenter__(), self._loop).result()


_pools: MutableMapping[asyncio.AbstractEventLoop, RayPool] = WeakKeyDictionary()


class ProcessRunner:
    """The pool of this process, one for each event loop that runs programs."""

    async def run(self, run: Run, user: UserId, tell: Tell = tell_nobody) -> Outcome:
        """See `Runner.run`."""
        return await _pools.setdefault(asyncio.get_running_loop(), RayPool()).run(run, user, tell)
