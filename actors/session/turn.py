"""Runs one turn: the model speaks, tools answer, until it has nothing left to ask.

Each step is committed before the next begins, so a turn can be taken up by another incarnation after any of them. A
turn ends in one place, `_end`, which commits what is left and the end together, and then publishes the end.
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
    TurnError,
    TurnResumed,
    utf16_length,
)
from actors.session import history, recovery
from actors.session.context import Window, fitted, strategy_of
from actors.session.draft import Draft, SpokenStep
from actors.session.failures import DECLINED, EXHAUSTED, INTERNAL, TOO_MANY_STEPS, explained
from actors.session.files import read_files
from actors.session.prompt import system_prompt
from actors.session.stage import Stage
from actors.session.stop import Stop, Stopped
from actors.session.tool_runs import complete_tools, run_tools
from actors.stores import conversations, messages, turns, usage
from actors.stores.messages import Message, NewStep
from actors.stores.turns import StartedTurn
from actors.toolset import TRUSTED_TOOLS
from cluster.clients.postgres import Connection
from cluster.errors import Unavailable
from cluster.ids import MessageId, new_id
from cluster.models.card import ModelCard
from cluster.models.chat_model import ModelError, ModelMessage, ModelRequest, Usage
from cluster.runtime.actor import Fenced

log = logging.getLogger(__name__)
STEP_LIMIT = 25
ATTEMPT_LIMIT = 5
ANSWER_TOKENS = 8192


@dataclass
class Spent:
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
    spent: Spent = field(default_factory=Spent)
    status: Ending | None = None
    model: str = ""
    _draft: Draft | None = None

    async def run(self) -> None:
        """Run it to its end. Raises Fenced and Unavailable, which leave it unfinished, to be taken up again."""
        try:
            first_step = await self._take_up() if self.turn.started_before else self._open()
            if self.turn.attempts > ATTEMPT_LIMIT:
                await self._end("failed", EXHAUSTED)
            else:
                await self._answer(first_step)
        except (Fenced, Unavailable):
            raise
        except Stopped:
            await self._end("stopped", used=self._draft.used if self._draft else None)
        except Exception as error:
            told = explained(error)
            if told is None:
                log.exception("turn %s failed", self.turn.id)
            used = error.usage if isinstance(error, ModelError) else None
            await self._end("failed", told or INTERNAL, used=used or (self._draft.used if self._draft else None))

    def _open(self) -> int:
        question = self.path[-1]
        self.stage.outbox.add(*recovery.opening(self.stage, self.turn, question))
        self.stage.outbox.add(ConversationUpdated(conversation=self.turn.conversation))
        return 0

    async def _take_up(self) -> int:
        """Go on where another run broke off: complete its last step. Answers which step comes next."""
        stage = self.stage
        steps = [message for message in self.path if message.turn_id == self.turn.id and message.role == "assistant"]
        question = next(message for message in self.path if message.id == self.turn.user_message_id)
        await recovery.announce(stage, self.turn, question, steps)
        for step in steps:
            self.spent.add(step.tokens_used or 0, step.cost_usd or Decimal(0))
        if steps:
            results = await complete_tools(stage, self.turn.id, steps[-1], self.stop)
            self.path = [*self.path[:-1], replace(steps[-1], tool_results=[*steps[-1].tool_results, *results])]
        next_step = steps[-1].step + 1 if steps else 0
        stage.outbox.add(TurnResumed(conversation_id=stage.conversation, turn_id=self.turn.id, step=next_step))
        return next_step

    async def _answer(self, first_step: int) -> None:
        card, said, summarised = await self._prepare()
        self.model = card.id
        system = system_prompt(str(self.turn.preferences.get("instructions", "")), summarised=summarised)
        parent = self.path[-1].id
        for number in range(first_step, STEP_LIMIT):
            draft = Draft(
                id=MessageId(new_id()),
                conversation_id=self.stage.conversation,
                turn_id=self.turn.id,
                parent_id=parent,
                step=number,
                model=card.id,
            )
            spoken = await self._speak(draft, self._request(card, system, said))
            step = draft.finished(spoken)
            if spoken.stop_reason == history.REFUSED:
                return await self._end("failed", DECLINED, step=step, used=spoken.usage)
            if not spoken.tool_calls and spoken.stop_reason != "pause_turn":
                return await self._end("completed", step=step, used=spoken.usage)
            await self._commit(step, spoken.usage)
            results = await run_tools(self.stage, self.turn.id, step.id, spoken.tool_calls, self.stop)
            said = history.joined([*said, *history.of_step(spoken.blocks, results)])
            parent = step.id
        await self._end("failed", TOO_MANY_STEPS)

    async def _prepare(self) -> tuple[ModelCard, Sequence[ModelMessage], bool]:
        models, options = self.stage.services.models, self.turn.options
        wanted = options.get("model") or self.turn.conversation.model or self.turn.preferences.get("model")
        card = models.card(wanted or models.default())
        files = await self.stop.during(read_files(self.stage, self.path, card))
        window = Window(
            card=card,
            strategy=strategy_of(self.turn.preferences.get("context_strategy"), card),
            files=files,
            answer_tokens=self._answer_tokens(card),
        )
        context = await fitted(self.stage, self.path, window, turn=self.turn.id, stop=self.stop)
        said = history.model_messages(context.path, model=card.id, files=files, summary=context.summary)
        return card, said, context.summary is not None

    def _request(self, card: ModelCard, system: str, said: Sequence[ModelMessage]) -> ModelRequest:
        options, preferences = self.turn.options, self.turn.preferences
        thinking = options.get("thinking_tokens", preferences.get("thinking_tokens", 0)) if card.thinking else 0
        return ModelRequest(
            model=card.id,
            system=system,
            messages=said,
            tools=TRUSTED_TOOLS.schemas() if card.tools and options.get("tools", True) else (),
            max_tokens=self._answer_tokens(card),
            thinking_tokens=int(thinking or 0),
        )

    def _answer_tokens(self, card: ModelCard) -> int:
        return min(self.turn.options.get("max_tokens") or ANSWER_TOKENS, card.max_output_tokens)

    async def _speak(self, draft: Draft, request: ModelRequest) -> SpokenStep:
        stage, turn = self.stage, self.turn.id
        self._draft = draft
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
        model = stage.services.models.chat_model(request.model)
        return SpokenStep.of(await self.stop.during(draft.listen(stage, model, request)))

    async def _commit(self, step: NewStep, used: Usage) -> None:
        async with self.stage.writing() as conn:
            await self._write(conn, step, used)
        self._draft = None
        self._publish_finished(step)

    async def _end(
        self, status: Ending, error: TurnError | None = None, *, step: NewStep | None = None, used: Usage | None = None
    ) -> None:
        """End the turn, with the step that is complete, or what arrived of one that broke off."""
        stage = self.stage
        if step is None and self._draft is not None:
            step = self._draft.broken_off("stopped" if status == "stopped" else "failed", used or Usage())
        async with stage.writing() as conn:
            await self._write(conn, step, used)
            told = None if error is None else orjson.loads(orjson.dumps(error))
            leaf = await turns.end(conn, self.turn.id, status, told)
            conversation = await conversations.get(conn, stage.conversation)
        self._draft = None
        self.status = status
        if step is not None:
            self._publish_finished(step)
        stage.outbox.add(
            TurnEnded(
                conversation_id=stage.conversation,
                turn_id=self.turn.id,
                status=status,
                error=error,
                leaf_id=leaf,
                tokens_used=self.spent.tokens,
                cost_usd=self.spent.usd,
            )
        )
        if conversation is not None:
            stage.outbox.add(ConversationUpdated(conversation=conversation))

    async def _write(self, conn: Connection, step: NewStep | None, used: Usage | None) -> None:
        if step is not None:
            await messages.add_step(conn, step)
        if used is not None and (used.total or step is not None):
            model = step.model if step else self._draft.model if self._draft else ""
            await usage.add(conn, self.stage.conversation, self.turn.id, endpoint="chat", model=model, usage=used)
            self.spent.add(used.total, used.cost_usd)

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
