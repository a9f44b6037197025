"""Notes what the programs of one tool run were allowed, and what they used."""

from typing import Any

from cluster.ids import UserId
from sandbox.jail.run import Outcome, Run
from sandbox.runner import Runner


class MeteredRunner:
    """Runs programs as another runner does, and remembers."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self.programs: list[dict[str, Any]] = []

    async def run(self, run: Run, user: UserId) -> Outcome:
        """See `Runner.run`."""
        outcome = await self._runner.run(run, user)
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
