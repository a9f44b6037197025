"""Who keeps kernels, one for each conversation: this process, or Ray actors on sandbox nodes."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from cluster.ids import ConversationId, UserId
from sandbox.jail.kernel import CellOutcome, CellRun, Variables
from sandbox.jail.limits import MIB, Limits
from sandbox.runner import Tell, tell_nobody

NOTEBOOK = Limits(cpu_seconds=900, output_bytes=MIB)
"""A kernel's bounds: all for its whole life, but for the output, which each cell has for itself."""
IDLE_SECONDS = 600.0
MOST_OF_USER = 3
"""Kernels that a user may have at once; one more ends the one that was idle for longest."""

Seed = Callable[[], Awaitable[Mapping[str, bytes]]]
"""Reads the files that a new kernel begins with. Only called when there is to be a new one."""


@dataclass(frozen=True, kw_only=True)
class Ran:
    """What a cell came to, and in which kernel."""

    outcome: CellOutcome
    fresh: bool
    """The kernel was new: it knew nothing of earlier cells."""
    lost: str
    """Why the kernel of earlier cells is gone, as far as that is known; the rest of a sentence, or nothing."""


@dataclass(frozen=True, kw_only=True)
class KernelState:
    """A kernel that is there."""

    busy: bool
    idle_seconds: float
    variables: Variables | None
    """None while it is busy."""


class Kernels(Protocol):
    """Keeps the kernels of conversations."""

    async def run_cell(
        self, user: UserId, conversation: ConversationId, cell: CellRun, seed: Seed, tell: Tell = tell_nobody
    ) -> Ran:
        """Run a cell in the conversation's kernel, or in a new one. Cancelling interrupts it.

        `tell` hears that it waits for earlier cells, that it runs, and now and then what it has printed last.

        Raises Busy where there is no room, JailUnavailable where nothing can confine it, FilesRefused for files that
        cannot be given to it, Interrupted when the kernel or its machine was lost on the way.
        """
        ...

    async def state(self, user: UserId, conversation: ConversationId) -> KernelState | None:
        """What the conversation's kernel holds, or None if it has none."""
        ...

    async def end(self, user: UserId, conversation: ConversationId) -> bool:
        """End the conversation's kernel, whatever it does. Answers whether there was one."""
        ...


def ending(outcome: CellOutcome, cell: CellRun, limits: Limits) -> str:
    """Why a kernel was ended by a cell, as the rest of a sentence."""
    return {
        "time": f"the cell went on when its {cell.seconds:g} seconds were over and it was interrupted",
        "cpu": f"it had used {limits.cpu_seconds} seconds of processor time",
        "memory": f"it used more than {limits.memory_bytes // MIB} MiB of memory",
        "output": "the cell printed without end and did not stop when it was interrupted",
        "cancel": "the cell went on when it was cancelled",
        "signal": f"it was killed by signal {outcome.exit - 128}",
        "exit": f"the cell ended its process with status {outcome.exit}",
        "restless": "what the cell had started could not be made to stand still",
    }[outcome.ended_by or "signal"]
