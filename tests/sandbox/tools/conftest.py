"""What a tool that runs programs is tried with: real jails, and a workspace that is only remembered."""

from collections.abc import AsyncGenerator
from typing import Any, cast

import pytest

from cluster.ids import UserId, new_id
from sandbox.inline_pool import InlinePool
from sandbox.jail.jail import Jail
from sandbox.tool import ToolContext
from tests.sandbox.memory_files import MemoryFiles

JAIL = Jail()
"""Its self-test runs once for all tests of a process."""


@pytest.fixture
def files() -> MemoryFiles:
    """An empty workspace."""
    return MemoryFiles()


@pytest.fixture
async def context(files: MemoryFiles) -> AsyncGenerator[ToolContext]:
    """Some user, with this workspace."""
    async with InlinePool(JAIL, warm=0) as jails:
        nothing = cast("Any", None)
        yield ToolContext(user=UserId(new_id()), conversation=None, db=nothing, files=files, runner=jails)
