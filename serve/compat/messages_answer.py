"""Writes an answer as the Messages API does: as a stream of its events, or whole."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any

import orjson

from cluster.models.chat_model import (
    Block,
    BlockBegan,
    InputDelta,
    Signed,
    StepDone,
    TextDelta,
    ThinkingDelta,
    Usage,
    UsageCounted,
)
from serve.compat.answer import Answer, Parted, Told
from serve.compat.words import Trouble

Json = dict[str, Any]
DELTAS: Mapping[type[Told], tuple[str, str, str]] = {
    TextDelta: ("text", "text_delta", "text"),
    ThinkingDelta: ("thinking", "thinking_delta", "thinking"),
}
EMPTY: Mapping[str, Json] = {
    "text": {"type": "text", "text": ""},
    "thinking": {"type": "thinking", "thinking": "", "signature": ""},
}


async def whole(answer: Answer) -> Json:
    """The message, once it is there. Raises what it fails with."""
    done = await answer.end()
    end = {"stop_reason": done.stop_reason, "stop_sequence": done.stop_sequence, "usage": used(done.usage)}
    return _message(answer) | {"content": done.blocks} | end


async def streamed(answer: Answer) -> AsyncGenerator[bytes]:
    """Its events. Raises what it fails with."""
    writer = Writer(answer)
    async with aclosing(answer.events) as events:
        async for told in events:
            if data := b"".join(writer.take(told)):
                yield data


def failed(error: Exception, number: str) -> bytes:
    """The event that ends a stream which cannot be finished."""
    return event("error", Trouble.of(error).in_words("anthropic", number))


class Writer:
    """Keeps the blocks in order: one is closed before the next begins."""

    def __init__(self, answer: Answer) -> None:
        self._begun = False
        self._answer = answer
        self._counted = Usage()
        self._index = -1
        self._open: str | None = None
        self._calls: set[str] = set()

    def take(self, told: Told) -> list[bytes]:
        """The events that tell this."""
        match told:
            case UsageCounted(usage):
                self._counted = usage
                return []
            case Parted():
                return self._close()
            case BlockBegan(block):
                return self._begin(block)
            case TextDelta(text) | ThinkingDelta(text):
                kind, name, key = DELTAS[type(told)]
                opening = [] if self._open == kind else self._begin(EMPTY[kind])
                return [*opening, self._delta({"type": name, key: text})]
            case Signed(signature):
                return [self._delta({"type": "signature_delta", "signature": signature})]
            case InputDelta(json):
                return [self._delta({"type": "input_json_delta", "partial_json": json})]
            case StepDone():
                return self._end(told)

    def _begin(self, block: Block) -> list[bytes]:
        parts = [*self._start(), *self._close()]
        self._index += 1
        self._open = block["type"]
        if self._open == "tool_use":
            self._calls.add(block["id"])
        return [*parts, _event("content_block_start", index=self._index, content_block=block)]

    def _delta(self, delta: Json) -> bytes:
        return _event("content_block_delta", index=self._index, delta=delta)

    def _close(self) -> list[bytes]:
        if self._open is None:
            return []
        self._open = None
        return [_event("content_block_stop", index=self._index)]

    def _start(self) -> list[bytes]:
        if self._begun:
            return []
        self._begun = True
        nothing: Json = {"content": [], "stop_reason": None, "stop_sequence": None}
        message = _message(self._answer) | nothing | {"usage": used(self._counted)}
        return [_event("message_start", message=message)]

    def _end(self, done: StepDone) -> list[bytes]:
        parts = self._start()
        for block in done.blocks:
            if block["type"] == "tool_use" and block["id"] not in self._calls:
                said = orjson.dumps(block["input"]).decode()
                parts += [*self._begin({**block, "input": {}}), *self.take(InputDelta(said))]
        parts += self._close()
        stop = {"stop_reason": done.stop_reason, "stop_sequence": done.stop_sequence}
        return [*parts, _event("message_delta", delta=stop, usage=used(done.usage)), _event("message_stop")]


def used(usage: Usage) -> Json:
    """What was used, as the Messages API counts."""
    return {
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "cache_read_input_tokens": usage.cache_read_tokens,
        "cache_creation_input_tokens": usage.cache_write_tokens,
    }


def event(name: str, data: Json) -> bytes:
    """One server-sent event."""
    return b"event: %b\ndata: %b\n\n" % (name.encode(), orjson.dumps(data))


def _event(type: str, **data: Any) -> bytes:
    return event(type, {"type": type, **data})


def _message(answer: Answer) -> Json:
    return {"id": f"msg_{answer.id.hex}", "type": "message", "role": "assistant", "model": answer.model}
