"""Tells a turn of ours as if it were one step of a model: a projection of the one event log.

What is told follows from the log's entries alone, so whoever comes back with the same key gets the same bytes. What the
log has lost comes from the database. The steps' thinking is told to those who want it; our tools and their results are
not, since these protocols would take them for the client's.
"""

from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from decimal import Decimal
from typing import Any, cast

import orjson

from actors.session.commands import Posted
from actors.stores import conversations, messages
from actors.stores.messages import Message
from cluster.errors import ApexError, NotFound, Temporary
from cluster.events.log import Entry
from cluster.ids import UserId
from cluster.models.chat_model import (
    Block,
    ModelBusy,
    ModelRefused,
    ModelUnreachable,
    StepDone,
    TextDelta,
    ThinkingDelta,
    Usage,
)
from serve.compat.answer import Parted, Told
from serve.live.live import Live
from serve.live.outbox import Reload
from serve.live.turns import turn_events

FAILURES: dict[str, type[ApexError]] = {
    "busy": ModelBusy,
    "unreachable": ModelUnreachable,
    "refused": ModelRefused,
    "too_long": ModelRefused,
}
STOPS = {"end_turn", "max_tokens", "stop_sequence", "refusal", "pause_turn"}
APART = "\n\n"
ENDED = "turn_ended"


class TurnFailed(Temporary):
    """The agent could not finish its answer."""


async def told_of(live: Live, user: UserId, posted: Posted, *, thinking: bool, whole: bool) -> AsyncGenerator[Told]:
    """The turn until its end, and the end; of a `whole` answer only the end. Raises what the turn failed with."""
    telling, gap = Telling(thinking=thinking), False
    async with aclosing(turn_events(live, user, posted, after=None)) as happenings:
        async for happening in happenings:
            if isinstance(happening, Reload):
                gap = True
            elif happening is not None and not whole:
                for told in telling.of(happening):
                    yield told
    done = await _end(live, user, posted, thinking=thinking)
    if not whole and (gap or not telling.ended):
        for told in telling.rest(APART.join(block["text"] for block in done.blocks if block["type"] == "text")):
            yield told
    yield done


class Telling:
    """Turns the log's entries of a turn into what a model would tell."""

    def __init__(self, *, thinking: bool) -> None:
        self.ended = False
        """Whether the last entry came."""
        self._thinking = thinking
        self._step = ""
        self._text: list[str] = []

    def of(self, entries: Iterable[Entry]) -> Iterable[Told]:
        """What entries say to a client."""
        for entry in entries:
            self.ended = self.ended or entry.type == ENDED
            if entry.type == "token" or (entry.type == "thinking" and self._thinking):
                said: dict[str, Any] = orjson.loads(entry.data)
                yield from self._parted(said["message_id"])
                if entry.type == "token":
                    self._text.append(said["content"])
                    yield TextDelta(said["content"])
                else:
                    yield ThinkingDelta(said["content"])

    def rest(self, text: str) -> Iterable[Told]:
        """What of the whole text was not told yet; all of it where what was told is not its beginning."""
        told = "".join(self._text)
        if not text.startswith(told):
            yield Parted()
            told = ""
        if len(text) > len(told):
            yield TextDelta(text[len(told) :])

    def _parted(self, step: str) -> Iterable[Told]:
        if self._step not in ("", step):
            if self._text:
                self._text.append(APART)
            yield Parted()
        self._step = step


async def _end(live: Live, user: UserId, posted: Posted, *, thinking: bool) -> StepDone:
    """How the turn ended. Raises NotFound when its conversation was deleted, and what it failed with."""
    async with live.services.db.as_user(user) as conn:
        turn = await conversations.turn(conn, posted.turn_id)
        steps = await messages.steps_of(conn, posted.turn_id)
    if turn is None:
        raise NotFound("the conversation was deleted")
    if turn.status == "failed":
        raise failure(turn.error or {})
    stop = steps[-1].stop_reason if steps else None
    return StepDone(
        blocks=[block for step in steps for block in _blocks(step, thinking=thinking)],
        stop_reason=cast("Any", stop if stop in STOPS else "end_turn"),
        usage=_used(steps),
        model=next((step.model for step in reversed(steps) if step.model), ""),
    )


def failure(error: dict[str, Any]) -> ApexError:
    """The error that a turn's own account of it stands for."""
    kind = FAILURES.get(str(error.get("code")), TurnFailed)
    return kind(": ".join(str(part) for part in (error.get("title"), error.get("detail")) if part))


def _blocks(step: Message, *, thinking: bool) -> list[Block]:
    blocks: list[Block] = []
    if thinking and step.thinking:
        blocks.append({"type": "thinking", "thinking": step.thinking, "signature": ""})
    if step.content:
        blocks.append({"type": "text", "text": step.content})
    return blocks


def _used(steps: Iterable[Message]) -> Usage:
    counts: dict[str, int] = {}
    cost = Decimal(0)
    for step in steps:
        cost += step.cost_usd or Decimal(0)
        for name, count in (step.usage or {}).items():
            counts[name] = counts.get(name, 0) + count
    return Usage(**cast("Any", counts), cost_usd=cost)
