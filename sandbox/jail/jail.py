"""The way to run untrusted code: only behind walls that were seen to hold, and otherwise not at all."""

import asyncio
from collections.abc import Sequence

from sandbox.jail.cell import Cell, checked
from sandbox.jail.check import Planner, Wall, check, require
from sandbox.jail.confinement import kernel_plan_of, plan_of
from sandbox.jail.kernel import Kernel
from sandbox.jail.limits import Limits
from sandbox.jail.plan import Plan
from sandbox.jail.run import Outcome, Run
from sandbox.jail.runtime import find_runtime


def planned(limits: Limits, preload: Sequence[str] = ()) -> Plan:
    """The plan of a jail on this machine. Raises JailUnavailable if a part is missing."""
    return plan_of(find_runtime(), limits, preload)


def kernel_planned(limits: Limits, preload: Sequence[str] = ()) -> Plan:
    """The plan of a kernel's jail on this machine. Raises JailUnavailable if a part is missing."""
    return kernel_plan_of(find_runtime(), limits, preload)


class Jail:
    """Confines programs. `planner` says how; every plan has to pass the same self-test."""

    def __init__(self, planner: Planner = planned) -> None:
        self._planner = planner
        self._walls: list[Wall] | None = None
        self._checking = asyncio.Lock()

    async def walls(self) -> list[Wall]:
        """What the self-test saw; it runs once."""
        async with self._checking:
            if self._walls is None:
                self._walls = await check(self._planner)
        return self._walls

    async def start(self, limits: Limits, preload: Sequence[str] = ()) -> Cell:
        """A jail that waits for its program. Raises JailUnavailable if a wall is missing."""
        require(await self.walls())
        return await Cell.start(self._planner(limits, preload))

    async def run(self, run: Run) -> Outcome:
        """Run a program in a jail of its own. Cancelling ends it and all that it started.

        Raises JailUnavailable or FilesRefused; whatever the program does to itself is an outcome.
        """
        checked(run)
        cell = await self.start(run.limits)
        try:
            return await cell.run(run)
        finally:
            await cell.close()


class KernelJail:
    """Confines kernels, behind walls that the same self-test saw hold around one."""

    def __init__(self, planner: Planner = kernel_planned) -> None:
        self._planner = planner
        self._jail = Jail(planner)

    async def walls(self) -> list[Wall]:
        """What the self-test saw; it runs once."""
        return await self._jail.walls()

    async def start(self, limits: Limits, preload: Sequence[str] = ()) -> Kernel:
        """A kernel that waits for its first cell. Raises JailUnavailable if a wall is missing."""
        require(await self.walls())
        return await Kernel.start(self._planner(limits, preload), limits)
