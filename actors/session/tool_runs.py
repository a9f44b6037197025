"""Runs the tools that a step asked for, side by side; each result is committed as it arrives, and never made again.

Which of them are run, and what is said of the others, is decided in progress.py.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from actors.events import ToolFinished, ToolProgressed, ToolStarted
from actors.mcp.tools import theirs
from actors.session.known import known_at
from actors.session.meter import Meter
from actors.session.progress import Call, Verdict
from actors.session.seen import phase, tool_run
from actors.session.settling import settle
from actors.session.stage import Stage
from actors.session.stop import OutOfBudget, Stopped, put_down
from actors.session.walk import walk_to
from actors.stores.messages import Message, ToolResult
from actors.stores.text import storable_text
from actors.stores.tool_runs import RunOutcome
from actors.tool_context import context_of, switched_off
from actors.toolset import TRUSTED_TOOLS
from cluster.ids import MessageId, TurnId
from cluster.models.chat_model import ToolCall
from sandbox.equipment import Equipment
from sandbox.mcp.names import server_of
from sandbox.metered import allowed, run_metered, seconds_of
from sandbox.registry import ToolOutcome, Toolset
from sandbox.runner import Tell
from sandbox.tool import Facts, Tool, ToolContext
from sandbox.tools import tool_search

STOPPED = "Stopped by the person before it had a result."
INTERRUPTED = "Interrupted: the process that ran it died. It may have done its work, or not; look before you repeat it."
UNASKED = "Ended before the person had said whether it may run: the answer had used up what it may. It did nothing."
ENDED = "Ended before it had a result: the answer had used up what it may. It may have done its work, or not."
VERDICTS: dict[Verdict, str] = {"stopped": STOPPED, "interrupted": INTERRUPTED, "ended": ENDED, "unasked": UNASKED}


class ToolRuns:
    """The calls of one committed step. `results` are those that are committed, in the order they came.

    Those that `wait` for the person's word are in approvals.py.
    """

    def __init__(
        self,
        stage: Stage,
        turn: TurnId,
        message: MessageId,
        calls: Sequence[ToolCall],
        wait: frozenset[str] = frozenset(),
    ) -> None:
        self.message = message
        self.results: list[ToolResult] = []
        self._wait = wait
        self._stage = stage
        self._turn = turn
        self._calls = {call.id: call for call in calls}

    @classmethod
    def of(cls, stage: Stage, turn: TurnId, step: Message, wait: frozenset[str]) -> "ToolRuns":
        """The calls of a step that another incarnation committed."""
        calls = [ToolCall(id=call["id"], name=call["name"], arguments=call["arguments"]) for call in step.tool_calls]
        runs = cls(stage, turn, step.id, calls, wait)
        runs.results.extend(step.tool_results)
        return runs

    @property
    def open(self) -> tuple[Call, ...]:
        """The calls that have no result."""
        known = {result["id"] for result in self.results}
        left = [call for id, call in self._calls.items() if id not in known]
        return tuple(Call(call.id, _may_repeat(call.name), call.id in self._wait) for call in left)

    @property
    def asked(self) -> Mapping[str, ToolCall]:
        """What the model asked for, by the calls' ids."""
        return self._calls

    async def run(self, calls: Sequence[Call], meter: Meter, *, agent: str) -> frozenset[str]:
        """Run these for that agent; answers whose results are committed: all, unless the turn was to end first."""
        asked = [self._calls[call.id] for call in calls]
        stage = self._stage
        async with stage.services.db.as_user(stage.user) as conn:
            off = await switched_off(conn)
            names = [call.name for call in asked]
            beside = await theirs(conn, stage.services.settings, None if tool_search.NAME in names else names)
        tools = TRUSTED_TOOLS.beside(beside)
        context = replace(
            context_of(stage.services, stage.user, stage.conversation, agent=agent, off=off, beside=beside),
            heard_strangers=self._heard_strangers,
        )
        for call in asked:
            self._publish_started(call)
        walk_to(stage, agent, names)
        running = {asyncio.create_task(_run(tools, call, context, self._teller(call))): call for call in asked}
        try:
            with phase("tools"):
                async with meter.tools(max(seconds_of(tools, call.name) for call in asked)):
                    while running:
                        done = await meter.stop.first(set(running))
                        meter.got_on()
                        outcomes = [(running.pop(task), task.result()) for task in done]
                        results = [_result(call, outcome) for call, outcome in outcomes]
                        limits = {call.id: allowed(tools, call.name, outcome) for call, outcome in outcomes}
                        await self._settle(results, limits=limits)
        except (Stopped, OutOfBudget):
            pass  # what comes of the others is not ours to say
        finally:
            await put_down(set(running))
        return frozenset(call.id for call in asked) - {call.id for call in running.values()}

    async def give_up(self, calls: Sequence[Call], verdict: Verdict) -> frozenset[str]:
        """Commit that these come to nothing."""
        await self._settle(
            [ToolResult(id=call.id, content=VERDICTS[verdict], is_error=True, seconds=None) for call in calls],
            outcome="ended" if verdict == "unasked" else verdict,
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

    async def _heard_strangers(self) -> bool:
        async with self._stage.services.db.as_user(self._stage.user) as conn:
            return (await known_at(conn, self._turn, self.message)).strangers

    def _teller(self, call: ToolCall) -> Tell:
        """Publishes what a call's programs do now."""

        def tell(words: str) -> None:
            self._stage.outbox.add(
                ToolProgressed(
                    conversation_id=self._stage.conversation,
                    turn_id=self._turn,
                    message_id=self.message,
                    id=call.id,
                    text=words,
                )
            )

        return tell

    async def _settle(
        self,
        results: Sequence[ToolResult],
        *,
        outcome: RunOutcome | None = None,
        limits: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> None:
        """Commit results, then publish them."""
        async with self._stage.writing() as conn:
            await settle(
                conn, self._stage, self._turn, self.message, self._calls, results, outcome=outcome, limits=limits
            )
        self.take(results)

    def take_instead(self, results: Sequence[ToolResult]) -> None:
        """These are committed for calls that never began: whoever looks on is told of call and result at once."""
        for result in results:
            self._publish_started(self._calls[result["id"]])
        self.take(results)

    def take(self, results: Sequence[ToolResult]) -> None:
        """These are committed: publish them."""
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


async def _run(tools: Toolset, call: ToolCall, context: ToolContext, tell: Tell) -> ToolOutcome:
    with tool_run(call) as seen:
        outcome = await run_metered(tools, call.name, context, call.arguments, tell)
        seen.done(outcome)
        return outcome


def facts_of(call: ToolCall, equipment: Equipment, beside: Sequence[Tool]) -> Facts | None:
    """What is declared about a call; None when no tool of that name can run here: it will say so, and do nothing."""
    tool = TRUSTED_TOOLS.beside(beside).find(call.name)
    if tool is None or equipment.lack(tool.facts.needs) is not None:
        return None
    return tool.facts_with(call.arguments)


def _may_repeat(name: str) -> bool:
    tool = TRUSTED_TOOLS.find(name)
    return tool.facts.idempotent if tool is not None else server_of(name) is None


def _result(call: ToolCall, outcome: ToolOutcome) -> ToolResult:
    return ToolResult(
        id=call.id, content=storable_text(outcome.content), is_error=outcome.is_error, seconds=outcome.seconds
    )
