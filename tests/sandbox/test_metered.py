"""What is noted of a tool's programs, cells and browser: what they were allowed, and what they used."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Any

import pytest

from cluster.ids import ConversationId, UserId, new_id
from sandbox.egress.guard import Guard
from sandbox.errors import ToolFailed
from sandbox.inline_pool import InlinePool
from sandbox.jail.jail import Jail, KernelJail
from sandbox.jail.run import Run
from sandbox.metered import metered
from sandbox.notebook.inline import InlineKernels
from sandbox.notebook.kernels import NOTEBOOK
from sandbox.tool import ToolContext
from sandbox.tools.browser import hands
from sandbox.tools.browser.chromium import LIMITS
from sandbox.tools.browser.inline import InlineBrowsers
from sandbox.tools.notebooks import notebook_run
from tests.sandbox.memory_files import MemoryFiles

NOTHING: Any = None
KEYS = {"seconds", "of_seconds", "of_cpu_seconds", "of_memory_bytes", "killed_by"}


@pytest.fixture
async def context() -> AsyncGenerator[ToolContext]:
    """A conversation, with real jails."""
    jail = Jail()
    async with (
        InlinePool(jail, warm=0) as jails,
        InlineKernels(KernelJail()) as kernels,
        InlineBrowsers(jail, Guard()) as browsers,
    ):
        yield ToolContext(
            user=UserId(new_id()),
            conversation=ConversationId(new_id()),
            db=NOTHING,
            files=MemoryFiles(),
            runner=jails,
            kernels=kernels,
            browsers=browsers,
        )


async def test_each_program_cell_and_deed_leaves_what_it_used_of_what(context: ToolContext):
    told: list[str] = []
    watched, noted = metered(context, told.append)
    await watched.runner.run(Run(code="print(1)"), watched.user)
    await notebook_run.run(watched, {"code": "while True: pass", "timeout": 1})
    with pytest.raises(ToolFailed):
        await watched.browsers.do((watched.user, watched.conversation), hands.answer_dialog, True, "")
    assert [set(note) for note in noted] == [KEYS] * 3
    assert [note["killed_by"] for note in noted] == [None, "time", None]
    assert [note["of_memory_bytes"] for note in noted] == [
        Run(code="").limits.memory_bytes,
        NOTEBOOK.memory_bytes,
        LIMITS.memory_bytes,
    ]
    assert noted[1]["of_seconds"] == 1
    assert noted[1]["seconds"] >= 1
    assert told == ["runs", "runs"]


async def test_each_run_of_a_tool_has_notes_of_its_own(context: ToolContext):
    first, of_first = metered(context)
    second, of_second = metered(replace(context))
    await first.runner.run(Run(code=""), first.user)
    await second.kernels.end(second.user, second.here())
    assert (len(of_first), of_second) == (1, [])
