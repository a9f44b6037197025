"""One conversation's notebook: a kernel that is started when a cell comes, and ended when none comes for a while."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

from cluster.errors import Busy
from sandbox.errors import FilesRefused, Interrupted, JailUnavailable
from sandbox.jail.jail import KernelJail
from sandbox.jail.kernel import CellRun, Kernel
from sandbox.jail.limits import Limits
from sandbox.kept.kept import Rest
from sandbox.notebook.kernels import KernelState, Ran, Seed, ending
from sandbox.runner import RUNS, WAITS, Tell, tell_nobody

MOST_WAITING = 4
"""Cells that may wait for their turn."""
RESET = "it was reset"


class Notebook:
    """A kernel's place. Cells run one after another. `when_put_away` is called after it was idle for too long."""

    def __init__(
        self, jail: KernelJail, limits: Limits, idle_seconds: float, when_put_away: Callable[[], None] = lambda: None
    ) -> None:
        self._jail = jail
        self._limits = limits
        self._when_put_away = when_put_away
        self._kernel: Kernel | None = None
        self._turn = asyncio.Lock()
        self._lost = ""
        self._closing: set[asyncio.Task[None]] = set()
        self.rest = Rest(idle_seconds, self._over)
        """Since when it was not used."""

    @property
    def is_busy(self) -> bool:
        """Whether a cell runs or waits."""
        return self.rest.wanted > 0

    @property
    def takes_room(self) -> bool:
        """Whether it has a kernel, or is about to."""
        return self.is_busy or self._kernel is not None

    async def run(self, cell: CellRun, seed: Seed, tell: Tell = tell_nobody) -> Ran:
        """See `Kernels.run_cell`."""
        if self._turn.locked():
            tell(WAITS)
        async with self._my_turn():
            kernel = self._living()
            if kernel is not None:
                tell(RUNS)
                return await self._run(kernel, cell, "", tell, fresh=False)
            files = {**await seed(), **cell.files}
            tell(RUNS)
            kernel = self._kernel = await self._jail.start(self._limits)
            lost, self._lost = self._lost, ""
            first = CellRun(code=cell.code, seconds=cell.seconds, files=files)
            try:
                return await self._run(kernel, first, lost, tell, fresh=True)
            except FilesRefused:
                # It has none of its files.
                await self._drop(kernel, lost)
                raise

    async def state(self) -> KernelState | None:
        """See `Kernels.state`."""
        if self.is_busy:
            return KernelState(busy=True, idle_seconds=0.0, variables=None)
        if self._living() is None:
            return None
        idle = self.rest.idle or 0.0
        async with self._my_turn(counts=False):
            kernel = self._living()
            variables = None if kernel is None else await kernel.variables()
        return KernelState(busy=False, idle_seconds=idle, variables=variables)

    async def end(self, why: str = RESET) -> bool:
        """End the kernel, whatever it does. Answers whether there was one."""
        kernel = self._living()
        if kernel is None:
            return False
        await self._drop(kernel, why)
        return True

    def put_away(self, why: str) -> None:
        """Let go of the kernel at once; it is ended beside."""
        kernel, self._kernel, self._lost = self._kernel, None, why
        if kernel is not None:
            task = asyncio.get_running_loop().create_task(kernel.close())
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)

    async def close(self) -> None:
        """End it for good."""
        self.rest.stop()
        await self.end()
        await asyncio.gather(*self._closing)

    async def _run(self, kernel: Kernel, cell: CellRun, lost: str, tell: Tell, *, fresh: bool) -> Ran:
        try:
            outcome = await kernel.run(cell, tell)
        except JailUnavailable as error:
            if self._kernel is not kernel:
                raise Interrupted(f"The notebook's kernel was ended while the cell ran: {self._lost}.") from None
            await self._drop(kernel, "its jail was lost")
            raise Interrupted(f"The notebook's kernel was lost while the cell ran: {error}.") from error
        if outcome.ended_by is not None and self._kernel is kernel:
            await self._drop(kernel, ending(outcome, cell, self._limits))
        return Ran(outcome=outcome, fresh=fresh, lost=lost)

    def _living(self) -> Kernel | None:
        if self._kernel is not None and not self._kernel.is_alive:
            self._kernel, self._lost = None, self._lost or "it had ended"
        return self._kernel

    async def _drop(self, kernel: Kernel, why: str) -> None:
        if self._kernel is kernel:
            self._kernel, self._lost = None, why
        await kernel.close()

    @asynccontextmanager
    async def _my_turn(self, *, counts: bool = True) -> AsyncGenerator[None]:
        """Wait until nobody else uses the kernel; what `counts` makes it young again."""
        if self.rest.wanted > MOST_WAITING:
            raise Busy("too many cells wait for this notebook")
        with self.rest.use(counts=counts):
            async with self._turn:
                yield

    def _over(self) -> None:
        """Put the kernel away."""
        if self._kernel is not None:
            self.put_away(f"it was not used for {self.rest.seconds / 60:.3g} minutes")
        self._when_put_away()
