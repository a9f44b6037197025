"""Writes an answer as OpenAI's chat completions do: as a stream of chunks, or whole.

Thinking goes into `reasoning_content`, which is no part of OpenAI's protocol, but what others that speak it have.
"""

from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import aclosing
from typing import Any

import orjson

from cluster.models.chat_model import (
    Block,
    BlockBegan,
    InputDelta,
    StepDone,
    TextDelta,
    ThinkingDelta,
    Usage,
)
from serve.compat.answer import Answer, Parted, Told
from serve.compat.words import Trouble

Json = dict[str, Any]
FINISH: Mapping[str, str] = {"max_tokens": "length", "tool_use": "tool_calls", "refusal": "content_filter"}
DONE = b"data: [DONE]\n\n"


async def whole(answer: Answer) -> Json:
    """The completion, once it is there. Raises what it fails with."""
    done = await answer.end()
    message: Json = {
        "role": "assistant",
        "content": answer.joint.join(_texts(done.blocks, "text")) or None,
        "refusal": None,
    }
    if thought := "\n\n".join(_texts(done.blocks, "thinking")):
        message["reasoning_content"] = thought
    if calls := [_call(block) for block in done.blocks if block["type"] == "tool_use"]:
        message["tool_calls"] = calls
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": finish(done)}
    return _head(answer, "chat.completion") | {"choices": [choice], "usage": used(done.usage)}


async def streamed(answer: Answer, *, usage: bool) -> AsyncGenerator[bytes]:
    """Its chunks, with the usage in a last one when that is wanted. Raises what it fails with."""
    writer = Writer(answer, usage=usage)
    async with aclosing(answer.events) as events:
        async for told in events:
            if data := b"".join(writer.take(told)):
                yield data


def failed(error: Exception, number: str) -> bytes:
    """What ends a stream which cannot be finished."""
    return _data(Trouble.of(error).in_words("openai", number))


class Writer:
    """Knows which tool calls were told, and whether two texts have to be kept apart."""

    def __init__(self, answer: Answer, *, usage: bool) -> None:
        self._answer = answer
        self._usage = usage
        self._begun = False
        self._calls: list[str] = []
        self._silent = False
        """Whether the newest call has no arguments yet."""
        self._text = False
        self._apart = False

    def take(self, told: Told) -> list[bytes]:
        """The chunks that tell this."""
        match told:
            case Parted():
                self._apart = self._text
            case TextDelta(text):
                apart = self._answer.joint if self._apart else ""
                self._text, self._apart = True, False
                return [*self._start(), self._chunk({"content": apart + text})]
            case ThinkingDelta(text):
                return [*self._start(), self._chunk({"reasoning_content": text})]
            case BlockBegan(block):
                return [*self._settled(), *(self._begin_call(block) if block["type"] == "tool_use" else ())]
            case InputDelta(json) if json:
                self._silent = False
                return [self._arguments(json)]
            case StepDone():
                return self._end(told)
            case _:
                pass
        return []

    def _begin_call(self, block: Block) -> list[bytes]:
        self._calls.append(block["id"])
        self._silent = True
        call = {"index": len(self._calls) - 1, "id": block["id"], "type": "function"}
        call["function"] = {"name": block["name"], "arguments": ""}
        return [*self._start(), self._chunk({"tool_calls": [call]})]

    def _arguments(self, json: str) -> bytes:
        return self._chunk({"tool_calls": [{"index": len(self._calls) - 1, "function": {"arguments": json}}]})

    def _settled(self) -> list[bytes]:
        """A call that came without arguments has the empty object."""
        silent, self._silent = self._silent, False
        return [self._arguments("{}")] if silent else []

    def _start(self) -> list[bytes]:
        if self._begun:
            return []
        self._begun = True
        return [self._chunk({"role": "assistant", "content": ""})]

    def _end(self, done: StepDone) -> list[bytes]:
        parts = [*self._start(), *self._settled()]
        for block in done.blocks:
            if block["type"] == "tool_use" and block["id"] not in self._calls:
                parts += [*self._begin_call(block), self._arguments(orjson.dumps(block["input"]).decode())]
                self._silent = False
        parts.append(self._chunk({}, finish(done)))
        if self._usage:
            parts.append(_data(self._head() | {"choices": [], "usage": used(done.usage)}))
        return [*parts, DONE]

    def _chunk(self, delta: Json, finish: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        nothing = {"usage": None} if self._usage else {}
        return _data(self._head() | {"choices": [choice]} | nothing)

    def _head(self) -> Json:
        return _head(self._answer, "chat.completion.chunk")


def finish(done: StepDone) -> str:
    """Why the answer ended."""
    return FINISH.get(done.stop_reason, "stop")


def used(usage: Usage) -> Json:
    """What was used, as OpenAI counts: what came from the cache is part of the prompt."""
    prompt = usage.input_tokens + usage.cache_read_tokens + usage.cache_write_tokens
    return {
        "prompt_tokens": prompt,
        "completion_tokens": usage.output_tokens,
        "total_tokens": prompt + usage.output_tokens,
        "prompt_tokens_details": {
            "cached_tokens": usage.cache_read_tokens,
            "cache_write_tokens": usage.cache_write_tokens,
        },
    }


def _texts(blocks: Sequence[Block], kind: str) -> Iterable[str]:
    return [block[kind] for block in blocks if block["type"] == kind]


def _call(block: Block) -> Json:
    arguments = orjson.dumps(block["input"]).decode()
    return {"id": block["id"], "type": "function", "function": {"name": block["name"], "arguments": arguments}}


def _head(answer: Answer, kind: str) -> Json:
    return {"id": f"chatcmpl-{answer.id.hex}", "object": kind, "created": answer.created, "model": answer.model}


def _data(value: Json) -> bytes:
    return b"data: %b\n\n" % orjson.dumps(value)
