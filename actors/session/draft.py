"""A step while the model speaks it: collects what arrives, publishes it, and can be kept when it breaks off."""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from actors.events import ThinkingAdded, TokenAdded
from actors.session.deltas import Deltas, Kind
from actors.session.seen import ModelStep, model_step, phase
from actors.session.stage import Stage
from actors.stores.messages import NewStep
from actors.stores.text import storable, storable_text
from cluster.ids import ConversationId, MessageId, TurnId
from cluster.models.chat_model import (
    BlockBegan,
    ChatModel,
    InputDelta,
    ModelEvent,
    ModelRequest,
    ModelUnreachable,
    Signed,
    StepDone,
    TextDelta,
    ThinkingDelta,
    ToolCall,
    Usage,
    UsageCounted,
)

Json = dict[str, Any]


@dataclass(kw_only=True)
class Draft:
    """One step that is not committed yet."""

    id: MessageId
    conversation_id: ConversationId
    turn_id: TurnId
    parent_id: MessageId
    step: int
    model: str
    used: Usage | None = None
    """What it has cost so far, when known."""
    _spoken: list[tuple[Kind, list[str]]] = field(default_factory=list[tuple[Kind, list[str]]])

    async def listen(
        self, stage: Stage, model: ChatModel, request: ModelRequest, heard: Callable[[], None]
    ) -> StepDone:
        """Let the model speak to its end; `heard` is called with each sign of life.

        Raises ModelError; what arrived by then is in the draft, and published.
        """

        def publish(kind: Kind, text: str) -> None:
            event = TokenAdded if kind == "text" else ThinkingAdded
            stage.outbox.add(
                event(conversation_id=self.conversation_id, turn_id=self.turn_id, message_id=self.id, content=text)
            )

        with phase("model"), model_step(request, stage.services.models.card(request.model).provider) as seen:
            done = await self._listen(Deltas(publish), model.stream(request), heard, seen)
            if done is None:
                raise ModelUnreachable("the model ended without an end")
            seen.done(done)
        return done

    async def _listen(
        self, deltas: Deltas, stream: AsyncGenerator[ModelEvent], heard: Callable[[], None], seen: ModelStep
    ) -> StepDone | None:
        done: StepDone | None = None
        try:
            async with aclosing(stream) as events:
                async for event in events:
                    heard()
                    match event:
                        case TextDelta(text):
                            seen.speaks()
                            self._take(deltas, "text", text)
                        case ThinkingDelta(text):
                            seen.speaks()
                            self._take(deltas, "thinking", text)
                        case UsageCounted(used):
                            self.used = used
                        case BlockBegan() | Signed() | InputDelta():
                            pass  # for those who hand the model's own stream on (serve/compat)
                        case StepDone():
                            # The stream is read to its end, so that the connection can be used again.
                            done = event
        finally:
            deltas.flush()
        return done

    def finished(self, spoken: "SpokenStep") -> NewStep:
        """The step as the model finished it."""
        step = self._step(spoken.usage)
        return replace(
            step,
            content=spoken.content,
            blocks=spoken.blocks,
            tool_calls=[{"id": c.id, "name": c.name, "arguments": c.arguments} for c in spoken.tool_calls],
            stop_reason=spoken.stop_reason,
        )

    def broken_off(self, status: Literal["stopped", "failed"], used: Usage) -> NewStep | None:
        """The step as far as it came; None when nothing had arrived."""
        return replace(self._step(used), status=status) if self.blocks else None

    def _step(self, used: Usage) -> NewStep:
        return NewStep(
            id=self.id,
            conversation_id=self.conversation_id,
            parent_id=self.parent_id,
            turn_id=self.turn_id,
            step=self.step,
            content=self.content,
            blocks=self.blocks,
            tool_calls=(),
            model=self.model,
            stop_reason=None,
            status="complete",
            tokens_used=used.total,
            cost_usd=used.cost_usd,
            usage={
                "input_tokens": used.input_tokens,
                "output_tokens": used.output_tokens,
                "cache_read_tokens": used.cache_read_tokens,
                "cache_write_tokens": used.cache_write_tokens,
            },
        )

    def _take(self, deltas: Deltas, kind: Kind, text: str) -> None:
        text = storable_text(text)
        if not self._spoken or self._spoken[-1][0] != kind:
            self._spoken.append((kind, []))
        self._spoken[-1][1].append(text)
        deltas.add(kind, text)

    @property
    def blocks(self) -> Sequence[Json]:
        """What arrived, as content blocks. Thinking lacks its signature, so it is for display only."""
        joined = [(kind, "".join(parts)) for kind, parts in self._spoken]
        return [{"type": kind, kind: text} for kind, text in joined if text.strip()]

    @property
    def content(self) -> str:
        """The text that arrived."""
        return "".join("".join(parts) for kind, parts in self._spoken if kind == "text")


@dataclass(frozen=True, kw_only=True)
class SpokenStep:
    """A step that the model finished, fit to be stored."""

    blocks: Sequence[Json]
    content: str
    tool_calls: Sequence[ToolCall]
    stop_reason: str
    usage: Usage

    @classmethod
    def of(cls, done: StepDone) -> "SpokenStep":
        """The step, without tool calls that broke off at the limit of tokens."""
        wanted = done.stop_reason == "tool_use"
        blocks = [storable(dict(block)) for block in done.blocks if wanted or block["type"] != "tool_use"]
        calls = [ToolCall(id=c.id, name=c.name, arguments=storable(dict(c.arguments))) for c in done.tool_calls]
        return cls(
            blocks=blocks,
            content="".join(block["text"] for block in blocks if block["type"] == "text"),
            tool_calls=calls if wanted else (),
            stop_reason=done.stop_reason,
            usage=done.usage,
        )
