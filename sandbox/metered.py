"""Runs a tool and notes what its programs, cells and browser used; tells whoever waits how far it is."""

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Concatenate, ParamSpec, TypeVar

from cluster.ids import ConversationId, UserId
from sandbox.jail.kernel import CellRun
from sandbox.jail.limits import Limits
from sandbox.jail.run import Outcome, Run
from sandbox.notebook.kernels import NOTEBOOK, Kernels, KernelState, Ran, Seed
from sandbox.registry import ToolOutcome, Toolset
from sandbox.runner import Runner, Tell, tell_nobody
from sandbox.tool import ToolContext
from sandbox.tools.browser import chromium
from sandbox.tools.browser.browser import Browser
from sandbox.tools.browser.browsers import DEFAULT_SIZE, BrowserFacts, Browsers, Key, Size

Noted = list[dict[str, Any]]
P = ParamSpec("P")
T = TypeVar("T")


async def run_metered(
    tools: Toolset, name: str, context: ToolContext, arguments: Mapping[str, Any], tell: Tell = tell_nobody
) -> ToolOutcome:
    """Run a tool as `Toolset.run` does; what comes of it has what it used."""
    watched, noted = metered(context, tell)
    outcome = await tools.run(name, watched, arguments)
    return replace(outcome, programs=tuple(noted))


def allowed(tools: Toolset, name: str, outcome: ToolOutcome) -> Mapping[str, Any]:
    """What a run was allowed, and what its programs used of it."""
    return {"of_seconds": seconds_of(tools, name), "programs": list(outcome.programs)}


def seconds_of(tools: Toolset, name: str) -> float:
    """How long a run of a tool may take; of one that is not there, no time at all."""
    tool = tools.find(name)
    return 0.0 if tool is None else tool.facts.seconds


def metered(context: ToolContext, tell: Tell = tell_nobody) -> tuple[ToolContext, Noted]:
    """The same context for one run of a tool, and where it is noted what that used."""
    noted: Noted = []
    runner = MeteredRunner(context.runner, tell, noted)
    kernels, browsers = MeteredKernels(context.kernels, tell, noted), MeteredBrowsers(context.browsers, noted)
    return replace(context, runner=runner, kernels=kernels, browsers=browsers), noted


class MeteredRunner:
    """Runs programs as another runner does, and notes."""

    def __init__(self, runner: Runner, tell: Tell, noted: Noted) -> None:
        self._runner = runner
        self._tell = tell
        self._noted = noted

    async def run(self, run: Run, user: UserId, tell: Tell | None = None) -> Outcome:
        """See `Runner.run`."""
        outcome = await self._runner.run(run, user, tell or self._tell)
        self._noted.append(_note(outcome.seconds, run.limits.wall_seconds, run.limits, outcome.killed_by))
        return outcome


class MeteredKernels:
    """Keeps kernels as others do, and notes what their cells use."""

    def __init__(self, kernels: Kernels, tell: Tell, noted: Noted) -> None:
        self._kernels = kernels
        self._tell = tell
        self._noted = noted

    async def run_cell(
        self, user: UserId, conversation: ConversationId, cell: CellRun, seed: Seed, tell: Tell | None = None
    ) -> Ran:
        """See `Kernels.run_cell`."""
        ran = await self._kernels.run_cell(user, conversation, cell, seed, tell or self._tell)
        outcome = ran.outcome
        self._noted.append(_note(outcome.seconds, cell.seconds, NOTEBOOK, outcome.ended_by or outcome.stopped_by))
        return ran

    async def state(self, user: UserId, conversation: ConversationId) -> KernelState | None:
        """See `Kernels.state`."""
        return await self._kernels.state(user, conversation)

    async def end(self, user: UserId, conversation: ConversationId) -> bool:
        """See `Kernels.end`."""
        return await self._kernels.end(user, conversation)


class MeteredBrowsers:
    """Keeps browsers as others do, and notes how long they were at work."""

    def __init__(self, browsers: Browsers, noted: Noted) -> None:
        self._browsers = browsers
        self._noted = noted

    async def start(self, key: Key, size: Size = DEFAULT_SIZE) -> BrowserFacts:
        """See `Browsers.start`."""
        return await self._browsers.start(key, size)

    async def do(
        self, key: Key, deed: Callable[Concatenate[Browser, P], Awaitable[T]], *given: P.args, **named: P.kwargs
    ) -> T:
        """See `Browsers.do`."""
        began = time.monotonic()
        try:
            return await self._browsers.do(key, deed, *given, **named)
        finally:
            self._noted.append(_note(time.monotonic() - began, chromium.LIFE_SECONDS, chromium.LIMITS, None))

    async def of_user(self, user: UserId) -> Sequence[tuple[Key, BrowserFacts]]:
        """See `Browsers.of_user`."""
        return await self._browsers.of_user(user)

    async def close(self, key: Key) -> bool:
        """See `Browsers.close`."""
        return await self._browsers.close(key)


def _note(seconds: float, of_seconds: float, limits: Limits, killed_by: str | None) -> dict[str, Any]:
    return {
        "seconds": round(seconds, 3),
        "of_seconds": of_seconds,
        "of_cpu_seconds": limits.cpu_seconds,
        "of_memory_bytes": limits.memory_bytes,
        "killed_by": killed_by,
    }
