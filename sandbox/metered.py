"""Runs a tool and notes what its programs were allowed and what they used; tells whoever waits how far they are."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from cluster.ids import UserId
from sandbox.jail.run import Outcome, Run
from sandbox.registry import ToolOutcome, Toolset
from sandbox.runner import Runner, Tell, tell_nobody
from sandbox.tool import ToolContext


class MeteredRunner:
    """Runs programs as another runner does, and remembers."""

    def __init__(self, runner: Runner, tell: Tell = tell_nobody) -> None:
        self._runner = runner
        self._tell = tell
        self.programs: list[dict[str, Any]] = []

    async def run(self, run: Run, user: UserId, tell: Tell | None = None) -> Outcome:
        """See `Runner.run`."""
        outcome = await self._runner.run(run, user, tell or self._tell)
        limits = run.limits
        self.programs.append(
            {
                "seconds": round(outcome.seconds, 3),
                "of_seconds": limits.wall_seconds,
                "of_cpu_seconds": limits.cpu_seconds,
                "of_memory_bytes": limits.memory_bytes,
                "killed_by": outcome.killed_by,
            }
        )
        return outcome


async def run_metered(
    tools: Toolset, name: str, context: ToolContext, arguments: Mapping[str, Any], tell: Tell = tell_nobody
) -> ToolOutcome:
    """Run a tool as `Toolset.run` does; what comes of it has the programs that it ran."""
    metered = MeteredRunner(context.runner, tell)
    outcome = await tools.run(name, replace(context, runner=metered), arguments)
    return replace(outcome, programs=tuple(metered.programs))


def allowed(tools: Toolset, name: str, outcome: ToolOutcome) -> Mapping[str, Any]:
    """What a run was allowed, and what its programs used of it."""
    return {"of_seconds": seconds_of(tools, name), "programs": list(outcome.programs)}


def seconds_of(tools: Toolset, name: str) -> float:
    """How long a run of a tool may take; of one that is not there, no time at all."""
    tool = tools.find(name)
    return 0.0 if tool is None else tool.facts.seconds
