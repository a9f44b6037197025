"""Runs one turn: the model speaks, tools answer, until it has nothing left to ask.

What comes next is decided in progress.py; here it is carried out. Each step is committed before the next begins, so a
turn can be taken up by another incarnation after any of them. A turn ends in one place, `_end`, which commits what is
left and the end together, and then publishes the end.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

import orjson

from actors.events import (
    ConversationUpdated,
    Ending,
    StepFinished,
    StepStarted,
    TurnEnded,
    TurnResumed,
    utf16_length,
)
from actors.session import approvals, recovery
from actors.session.chat import Chat
from actors.session.draft import Draft, SpokenStep
from actors.session.failures import explained, told
from actors.session.leaving import cut_when_overdue
from actors.session.meter import Meter
from actors.session.progress import (
    Announced,
    Begun,
    Broke,
    Commit,
    Committed,
    CutOff,
    End,
    Ended,
    Event,
    Open,
    Over,
    Progress,
    Reason,
    Resume,
    Resumed,
    RunTools,
    Settle,
    Settled,
    Speak,
    Spoken,
    Step,
    TakeUp,
    Wait,
    after,
)
from actors.session.seen import committing, phase, turn_run
from actors.session.stage import Stage
from actors.session.stop import Leaving, OutOfBudget, Paused, Stop, Stopped
from actors.session.tool_runs import ToolRuns
from actors.session.walk import walk_home
from actors.stores import conversations, messages, turns, usage
from actors.stores.messages import Message, NewStep
from actors.stores.turns import StartedTurn
from cluster.clients.postgres import Connection
from cluster.errors import Unavailable
from cluster.ids import MessageId, new_id
from cluster.models.chat_model import ModelError, Usage
from cluster.runtime.actor import Fenced
from cluster.telemetry import traces
from cluster.telemetry.catalogue import TURNS
from village.who import ASSISTANT

log = logging.getLogger(__name__)


@dataclass
class Cost:
    """What a turn has cost so far."""

    tokens: int = 0
    usd: Decimal = Decimal(0)

    def add(self, tokens: int, usd: Decimal) -> None:
        """Count a step."""
        self.tokens += tokens
        self.usd += usd


@dataclass(kw_only=True)
class TurnRun:
    """One run of a turn. `path` is the branch that ends in the person's message, or in the last committed step."""

    stage: Stage
    turn: StartedTurn
    path: Sequence[Message]
    stop: Stop
    cost: Cost = field(default_factory=Cost)
    status: Ending | None = None
    model: str = ""
    _chat: Chat | None = None
    _draft: Draft | None = None
    _spoken: SpokenStep | None = None
    _tools: ToolRuns | None = None
    _error: Exception | None = None
    _meter: Meter = field(init=False)

    async def run(self) -> None:
        """Run it to its end (`status` tells which), or until it waits for the person, or its host leaves.

        Raises Fenced and Unavailable, which leave it unfinished, to be taken up again.
        """
        with turn_run(self.stage.conversation, self.turn):
            await self._run()

    async def _run(self) -> None:
        self._meter = Meter(self.stage, self.turn, self.stop)
        async with self._meter.running(), cut_when_overdue(self.stop, self.stage.services.departure):
            try:
                await self._drive()
            except Leaving:
                await self._hand_over()
            except Paused:
                await self._pause()

    async def _drive(self) -> None:
        meter = self._meter
        last = next(iter(self._steps()[-1:]), None)
        self._tools = await approvals.runs_of(self.stage, self.turn.id, last) if last else None
        progress, step = after(
            Progress(),
            Begun(
                started_before=self.turn.started_before,
                steps=last.step + 1 if last else 0,
                open=self._tools.open if self._tools else (),
            ),
            stop=self.stop.asked,
            used_up=meter.used_up,
        )
        while not isinstance(step, Over):
            if isinstance(step, Speak) and self.stage.services.departure.asked.is_set():
                raise Leaving
            event = await self._attempt(step)
            progress, step = after(progress, event, stop=self.stop.asked, used_up=meter.used_up)
        if step.failed and self._error is not None:
            raise self._error

    async def _attempt(self, step: Step) -> Event:
        """Carry out a step; its failure is an event, except one that leaves the turn to be taken up again."""
        try:
            return await self._carry_out(step)
        except (Fenced, Unavailable, Leaving, Paused):
            raise
        except OutOfBudget as error:
            self.stop.end(error)
            return CutOff()
        except Stopped:
            self.stop.ask()
            return CutOff()
        except Exception as error:
            if explained(error) is None:
                log.exception("turn %s failed", self.turn.id)
            self._error, self._spoken = error, None
            return Broke()

    async def _carry_out(self, step: Step) -> Event:
        match step:
            case Open():
                self.stage.outbox.add(*recovery.opening(self.stage, self.turn, self.path[-1]))
                if self.stage.assignment is None:
                    self.stage.outbox.add(ConversationUpdated(conversation=self.turn.conversation))
                return Announced()
            case TakeUp():
                return await self._take_up()
            case Settle() | RunTools() | Wait():
                return await self._about_tools(step)
            case Resume(number):
                stage = self.stage
                stage.outbox.add(TurnResumed(conversation_id=stage.conversation, turn_id=self.turn.id, step=number))
                return Resumed()
            case Speak(number):
                return await self._speak(number)
            case Commit():
                with committing():
                    return await self._commit()
            case End(status, reason):
                with committing():
                    return await self._end(status, reason)
            case Over():
                raise AssertionError(step)

    async def _about_tools(self, step: Settle | RunTools | Wait) -> Event:
        assert self._tools is not None, "a call belongs to a step that is committed"
        match step:
            case Settle(calls, verdict):
                return Settled(await self._tools.give_up(calls, verdict))
            case RunTools(calls):
                return Settled(await self._tools.run(calls, self._meter, agent=self._agent))
            case Wait():
                return await approvals.hear(self.stage, self.turn.id, self._tools, seconds=self._meter.seconds)

    def _steps(self) -> list[Message]:
        """What of the answer was committed before this run."""
        return [message for message in self.path if message.turn_id == self.turn.id and message.role == "assistant"]

    async def _take_up(self) -> Event:
        question = next(message for message in self.path if message.id == self.turn.user_message_id)
        await recovery.announce(self.stage, self.turn, question, self._steps())
        for step in self._steps():
            self._count(step.tokens_used or 0, step.cost_usd or Decimal(0))
        return Announced()

    async def _speak(self, number: int) -> Event:
        stage, turn = self.stage, self.turn.id
        chat = await self._told()
        request = chat.request()
        if stage.assignment is not None:
            request = await stage.assignment.ask(stage, request, chat.card)
        draft = self._draft = Draft(
            id=MessageId(new_id()),
            conversation_id=stage.conversation,
            turn_id=turn,
            parent_id=self._tools.message if self._tools else self.path[-1].id,
            step=number,
            model=chat.card.id,
        )
        stage.outbox.add(
            StepStarted(
                conversation_id=stage.conversation,
                turn_id=turn,
                message_id=draft.id,
                parent_id=draft.parent_id,
                step=draft.step,
                model=draft.model,
            )
        )
        model = stage.services.models.chat_model(chat.card.id)
        spoken = SpokenStep.of(await self.stop.during(draft.listen(stage, model, request, self._meter.got_on)))
        self._spoken = spoken
        return Spoken(spoken.stop_reason, ToolRuns(stage, turn, draft.id, spoken.tool_calls).open)

    async def _told(self) -> Chat:
        """What the model is told next."""
        results = self._tools.results if self._tools else []
        if self._chat is None:
            last = self.path[-1]
            path = [*self.path[:-1], replace(last, tool_results=results)] if self._tools else self.path
            with phase("prepare"), traces.span("prepare"):
                self._chat = await Chat.of(self.stage, self.turn, path, self.stop)
            self.model = self._chat.card.id
            self._meter.got_on()
        elif self._spoken is not None:
            self._chat.add(self._spoken.blocks, results)
        self._spoken = None
        return self._chat

    async def _commit(self) -> Event:
        assert self._draft is not None, "what is committed was spoken"
        assert self._spoken is not None, "what is committed was spoken"
        step, calls = self._draft.finished(self._spoken), self._spoken.tool_calls
        async with self.stage.writing() as conn:
            await self._write(conn, step, self._spoken.usage)
            await self._meter.enter(conn, step=True)
            judged = await approvals.judge(conn, self.stage, step, calls)
        self._draft = None
        self._publish_finished(step)
        if self.stage.assignment is not None:
            self.stage.assignment.publish(self.stage)
        self._tools = ToolRuns(self.stage, self.turn.id, step.id, calls, judged.wait)
        self._tools.take_instead(judged.refused)
        judged.publish(self.stage)
        return Committed(self._tools.open)

    def _last_words(self, status: Ending) -> tuple[NewStep | None, Usage | None]:
        """The step that the end takes along, complete or as far as it came, and what it cost."""
        draft, spoken = self._draft, self._spoken
        if draft is not None and spoken is not None:
            return draft.finished(spoken), spoken.usage
        used = self._error.usage if isinstance(self._error, ModelError) else None
        if draft is None:
            return None, used
        used = used or draft.used
        return draft.broken_off("stopped" if status == "stopped" else "failed", used or Usage()), used

    async def _end(self, status: Ending, reason: Reason | None) -> Event:
        stage = self.stage
        step, used = self._last_words(status)
        error = None if reason is None else told(reason, self._error)
        async with stage.writing() as conn:
            await self._write(conn, step, used)
            told_error = error and orjson.loads(orjson.dumps(error))
            leaf = await turns.end(conn, self.turn.id, status, told_error, seconds=self._meter.seconds)
            if stage.assignment is not None:
                await stage.assignment.end(conn, status, result=step.content if step else None, error=error)
            if self.turn.crashes:
                await stage.services.fence.forgive(conn)
            conversation = await conversations.get(conn, stage.conversation)
        self._draft = None
        self.status = status
        TURNS.add(1.0, status)
        if step is not None:
            self._publish_finished(step)
        stage.outbox.add(
            TurnEnded(
                conversation_id=stage.conversation,
                turn_id=self.turn.id,
                status=status,
                error=error,
                leaf_id=leaf,
                tokens_used=self.cost.tokens,
                cost_usd=self.cost.usd,
            )
        )
        if stage.assignment is not None:
            stage.assignment.publish(stage)
        elif conversation is not None:
            stage.outbox.add(ConversationUpdated(conversation=conversation))
        if self._tools is not None:
            walk_home(stage, self._agent)
        return Ended()

    @property
    def _agent(self) -> str:
        return self.turn.conversation.agent or ASSISTANT

    async def _hand_over(self) -> None:
        """Leave the turn as it is; what a step that is made again has cost so far is not forgotten."""
        async with self.stage.writing() as conn:
            await self._write(conn, None, self._draft.used if self._draft else None)
            await turns.hand_over(conn, self.turn.id, seconds=self._meter.seconds)

    async def _pause(self) -> None:
        """Leave the turn to wait until somebody has it go on."""
        async with self.stage.writing() as conn:
            await turns.mark_waiting(conn, self.turn.id, seconds=self._meter.seconds)
            if self.stage.assignment is not None:
                await self.stage.assignment.waits(conn, "pause")
        if self.stage.assignment is not None:
            self.stage.assignment.publish(self.stage)

    async def _write(self, conn: Connection, step: NewStep | None, used: Usage | None) -> None:
        if step is not None:
            await messages.add_step(conn, step, agent=self._agent)
            if self._chat is not None and self._chat.memories.beside:
                await turns.mark_remembered(conn, self.turn.id, strangers=self._chat.memories.strangers)
        if used is not None and (used.total or step is not None):
            model = step.model if step else self._draft.model if self._draft else ""
            await usage.add(
                conn, self.stage.conversation, self.turn.id, endpoint="chat", model=model, usage=used, agent=self._agent
            )
            self._count(used.total, used.cost_usd)
        ended = used is not None or step is not None or isinstance(self._error, ModelError)
        if self.stage.assignment is not None and ended:
            await self.stage.assignment.settle(conn, used, step=step is not None)

    def _count(self, tokens: int, usd: Decimal) -> None:
        self.cost.add(tokens, usd)
        self._meter.count_tokens(self.cost.tokens)

    def _publish_finished(self, step: NewStep) -> None:
        self.stage.outbox.add(
            StepFinished(
                conversation_id=self.stage.conversation,
                turn_id=self.turn.id,
                message_id=step.id,
                length=utf16_length(step.content),
                stop_reason=step.stop_reason,
                status=step.status,
                tokens_used=step.tokens_used,
                cost_usd=step.cost_usd,
            )
        )
