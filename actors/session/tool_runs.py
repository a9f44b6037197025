"""Runs the tools that a step asked for, side by side; each result is committed as it arrives, and never made again.

Which of them are run, and what is said of the others, is decided in progress.py.
"""

import asyncio
from collections.abc import Sequence

from actors.events import ToolFinished, ToolStarted
from actors.session.meter import Meter
from actors.session.progress import Call, Verdict
from actors.session.seen import phase, tool_run
from actors.session.stage import Stage
from actors.session.stop import OutOfBudget, Stopped, put_down
from actors.stores import messages
from actors.stores.messages import Message, ToolResult
from actors.stores.text import storable_text
from actors.tool_context import context_of
from actors.toolset import TRUSTED_TOOLS
from cluster.ids import MessageId, TurnId
from cluster.models.chat_model import ToolCall
from sandbox.registry import ToolOutcome
from sandbox.tool import ToolContext

STOPPED = "Stopped by the person before it had a result."
INTERRUPTED = "Interrupted: the process that ran it died. It may have done its work, or not; look before you repeat it."
ENDED = "Ended before it had a result: the answer had used up what it may. It may have done its work, or not."
VERDICTS: dict[Verdict, str] = {"stopped": STOPPED, "interrupted": INTERRUPTED, "ended": ENDED}


class ToolRuns:
    """The calls of one committed step. `results` are those that are committed, in the order they came."""

    def __init__(self, stage: Stage, turn: TurnId, message: MessageId, calls: Sequence[ToolCall]) -> None:
        self.message = message
        self.results: list[ToolResult] = []
        self._stage = stage
        self._turn = turn
        self._calls = {call.id: call for call in calls}

    @classmethod
    def of(cls, stage: Stage, turn: TurnId, step: Message) -> "ToolRuns":
        """The calls of a step that another incarnation committed."""
        calls = [ToolCall(id=call["id"], name=call["name"], arguments=call["arguments"]) for call in step.tool_calls]
        runs = cls(stage, turn, step.id, calls)
        runs.results.extend(step.tool_results)
        return runs

    @property
    def open(self) -> tuple[Call, ...]:
        """The calls that have no result."""
        known = {result["id"] for result in self.results}
        return tuple(Call(id, _may_repeat(call.name)) for id, call in self._calls.items() if id not in known)

    async def run(self, calls: Sequence[Call], meter: Meter) -> frozenset[str]:
        """Run these; answers whose results are committed: all, unless the turn was to end first."""
        asked = [self._calls[call.id] for call in calls]
        stage = self._stage
        context = context_of(stage.services, stage.user, stage.conversation)
        for call in asked:
            self._publish_started(call)
        running = {asyncio.create_task(_run(call, context)): call for call in asked}
        try:
            with phase("tools"):
                async with meter.tools(max(_seconds(call.name) for call in asked)):
                    while running:
                        done = await meter.stop.first(set(running))
                        meter.got_on()
                        await self._settle([_result(running.pop(task), task.result()) for task in done])
        except (Stopped, OutOfBudget):
            pass  # what comes of the others is not ours to say
        finally:
            await put_down(set(running))
        return frozenset(call.id for call in asked) - {call.id for call in running.values()}

    async def give_up(self, calls: Sequence[Call], verdict: Verdict) -> frozenset[str]:
        """Commit that these come to nothing."""
        await self._settle(
            [ToolResult(id=call.id, content=VERDICTS[verdict], is_error=True, seconds=None) for call in calls]
        )
        return frozenset(call.id for call in calls)

    def _publish_started(self, call: ToolCall) -> None:
        self._stage.outbox.add(
            ToolStarted(
                conversation_id=self._stage.conversation,
                turn_id=self._turn,
                message_id=self.message,
                id=call.id,
                tool=call.name,
                arguments=call.arguments,
            )
        )

    async def _settle(self, results: Sequence[ToolResult]) -> None:
        """Commit results, then publish them."""
        async with self._stage.writing() as conn:
            await messages.add_tool_results(conn, self.message, results)
        self.results.extend(results)
        self._stage.outbox.add(
            *(
                ToolFinished(
                    conversation_id=self._stage.conversation,
                    turn_id=self._turn,
                    message_id=self.message,
                    id=result["id"],
                    tool=self._calls[result["id"]].name,
                    result=result,
                )
                for result in results
            )
        )


async def _run(call: ToolCall, context: ToolContext) -> ToolOutcome:
    with tool_run(call) as seen:
        outcome = await TRUSTED_TOOLS.run(call.name, context, call.arguments)
        seen.done(outcome)
        return outcome


def _seconds(name: str) -> float:
    tool = TRUSTED_TOOLS.find(name)
    return 0.0 if tool is None else tool.facts.seconds


def _may_repeat(name: str) -> bool:
    tool = TRUSTED_TOOLS.find(name)
    return tool is None or tool.facts.idempotent


def _result(call: ToolCall, outcome: ToolOutcome) -> ToolResult:
    return ToolResult(
        id=call.id, content=storable_text(outcome.content), is_error=outcome.is_error, seconds=outcome.seconds
    )
