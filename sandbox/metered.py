"""Notes what a tool's programs were allowed and what they used, and tells whoever waits how far they are."""

from typing import Any

from cluster.ids import UserId
from sandbox.jail.run import Outcome, Run
from sandbox.runner import Runner, Tell, tell_nobody


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
