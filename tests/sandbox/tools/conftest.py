"""What a tool that runs programs is tried with: real jails, and a workspace that is only remembered."""

from collections.abc import AsyncGenerator
from typing import Any, cast

import pytest

from cluster.ids import UserId, new_id
from sandbox.equipment import Equipment, Place
from sandbox.inline_pool import InlinePool
from sandbox.jail.jail import Jail, KernelJail
from sandbox.notebook.inline import InlineKernels
from sandbox.tool import ToolContext
from tests.sandbox.memory_files import MemoryFiles

JAIL, KERNELS = Jail(), KernelJail()
"""Their self-tests run once for all tests of a process."""


@pytest.fixture
def files() -> MemoryFiles:
    """An empty workspace."""
    return MemoryFiles()


@pytest.fixture
async def context(files: MemoryFiles) -> AsyncGenerator[ToolContext]:
    """Some user, with this workspace."""
    nothing = cast("Any", None)
    async with InlinePool(JAIL, warm=0) as jails, InlineKernels(KERNELS) as kernels:
        yield ToolContext(
            user=UserId(new_id()),
            conversation=None,
            db=nothing,
            files=files,
            runner=jails,
            kernels=kernels,
            browsers=nothing,
            equipment=Equipment(places={"chromium": Place(where="here")}),
        )
