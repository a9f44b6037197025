"""Runs the tools that a step asked for, side by side; each result is committed as it arrives, and never made again."""

import asyncio
from collections.abc import Sequence

from actors.events import ToolFinished, ToolStarted
from actors.session.stage import Stage
from actors.session.stop import Stop, Stopped, put_down
from actors.stores import messages
from actors.stores.messages import Message, ToolResult
from actors.stores.text import storable_text
from actors.toolset import TRUSTED_TOOLS
from cluster.ids import MessageId, TurnId
from cluster.models.chat_model import ToolCall
from sandbox.registry import ToolOutcome
from sandbox.tool import ToolContext

STOPPED = "Stopped by the person before it had a result."
INTERRUPTED = "Interrupted: the process that ran it died. It may have done its work, or not; look before you repeat it."


async def run_tools(
    stage: Stage, turn: TurnId, message: MessageId, calls: Sequence[ToolCall], stop: Stop
) -> list[ToolResult]:
    """The results, in the order they came. Raises Stopped once every call has a result that is committed."""
    run = _Run(stage, turn, message)
    context = ToolContext(user=stage.user, conversation=stage.conversation, db=stage.services.db)
    for call in calls:
        run.publish_started(call)
    running = {asyncio.create_task(TRUSTED_TOOLS.run(c.name, context, c.arguments)): c for c in calls}
    try:
        while running:
            done = await stop.first(set(running))
            await run.settle([_result(running.pop(task), task.result()) for task in done], calls)
    except Stopped:
        await run.settle([_unfinished(call, STOPPED) for call in running.values()], calls)
        raise
    finally:
        await put_down(set(running))
    if stop.asked:
        raise Stopped
    return run.results


async def complete_tools(stage: Stage, turn: TurnId, step: Message, stop: Stop) -> list[ToolResult]:
    """Give each call of a step that another incarnation left behind its result; answers those that were missing.

    A tool that may be run twice is run again; of the others it is said that they were interrupted. Raises Stopped.
    """
    known = {result["id"] for result in step.tool_results}
    missing = [
        ToolCall(id=call["id"], name=call["name"], arguments=call["arguments"])
        for call in step.tool_calls
        if call["id"] not in known
    ]
    again = [call for call in missing if _may_repeat(call.name)]
    lost = [call for call in missing if call not in again]
    run = _Run(stage, turn, step.id)
    if lost:
        await run.settle([_unfinished(call, INTERRUPTED) for call in lost], lost)
    return [*run.results, *(await run_tools(stage, turn, step.id, again, stop) if again else ())]


def _may_repeat(name: str) -> bool:
    tool = TRUSTED_TOOLS.find(name)
    return tool is None or tool.facts.idempotent


class _Run:
    def __init__(self, stage: Stage, turn: TurnId, message: MessageId) -> None:
        self.results: list[ToolResult] = []
        self._stage = stage
        self._turn = turn
        self._message = message

    def publish_started(self, call: ToolCall) -> None:
        self._stage.outbox.add(
            ToolStarted(
                conversation_id=self._stage.conversation,
                turn_id=self._turn,
                message_id=self._message,
                id=call.id,
                tool=call.name,
                arguments=call.arguments,
            )
        )

    async def settle(self, results: Sequence[ToolResult], calls: Sequence[ToolCall]) -> None:
        """Commit results, then publish them."""
        async with self._stage.writing() as conn:
            await messages.add_tool_results(conn, self._message, results)
        self.results.extend(results)
        names = {call.id: call.name for call in calls}
        self._stage.outbox.add(
            *(
                ToolFinished(
                    conversation_id=self._stage.conversation,
                    turn_id=self._turn,
                    message_id=self._message,
                    id=result["id"],
                    tool=names[result["id"]],
                    result=result,
                )
                for result in results
            )
        )


def _result(call: ToolCall, outcome: ToolOutcome) -> ToolResult:
    return ToolResult(
        id=call.id, content=storable_text(outcome.content), is_error=outcome.is_error, seconds=outcome.seconds
    )


def _unfinished(call: ToolCall, why: str) -> ToolResult:
    return ToolResult(id=call.id, content=why, is_error=True, seconds=None)
