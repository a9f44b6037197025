"""Writes an answer as the events of the Messages API, token by token, and breaks it where a fault says so."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import orjson

from tests.provider.answers import Answer, Fault, tokens
from tests.provider.checks import digest, sign

Json = dict[str, Any]
Write = Callable[[bytes], Awaitable[None]]
STREAM_FAULTS = {"cut", "silence", "malformed", "error"}


class Broken(Exception):
    """The stream ends here, without an end."""


class AnswerStream:
    """One answer on its way. `usage` is what has been counted."""

    def __init__(self, body: Json, answer: Answer, *, usage: Json, write: Write, speed: float, name: str) -> None:
        self.usage = {**usage, "output_tokens": 1}
        self._body = body
        self._answer = answer
        self._write = write
        self._speed = answer.tokens_per_second if answer.tokens_per_second is not None else speed
        self._name = name
        self._written = 0
        self._start = 0.0
        self._index = 0
        self._full = False

    async def run(self) -> None:
        """Write all of it. Raises Broken where a fault ends it."""
        message = {"id": f"msg_{self._name}", "type": "message", "role": "assistant", "model": self._body["model"]}
        message |= {"content": [], "stop_reason": None, "stop_sequence": None, "usage": self.usage}
        await self._event("message_start", message=message)
        await self._event("ping")
        await asyncio.sleep(self._answer.first_seconds)
        self._start = asyncio.get_running_loop().time()
        if thinks(self._body):
            await self._thinking()
        if self._answer.text:
            await self._block({"type": "text", "text": ""}, "text_delta", "text", tokens(self._answer.text))
        for number, tool in enumerate(self._answer.tools):
            block: Json = {"type": "tool_use", "id": f"toolu_{self._name}_{number}", "name": tool.name, "input": {}}
            text = orjson.dumps(tool.input).decode()
            pieces = [text[at : at + 8] for at in range(0, len(text), 8)] if tool.input else [""]
            await self._block(block, "input_json_delta", "partial_json", pieces)
        self.usage["output_tokens"] = max(1, self._written)
        stop = {"stop_reason": self._stop_reason(), "stop_sequence": None}
        await self._event("message_delta", delta=stop, usage=self.usage)
        await self._event("message_stop")

    async def _thinking(self) -> None:
        if self._answer.redacted:
            data = sign_redacted(self._body)
            await self._block({"type": "redacted_thinking", "data": data}, "", "", [])
        if not self._answer.thinking:
            return
        thinking: Json = self._body.get("thinking") or {}
        shown = thinking.get("display", "summarized") != "omitted"
        text = self._answer.thinking if shown else ""
        block = {"type": "thinking", "thinking": "", "signature": ""}
        await self._block(block, "thinking_delta", "thinking", tokens(text), signature=sign(self._body, text))

    async def _block(self, block: Json, kind: str, key: str, pieces: list[str], *, signature: str = "") -> None:
        if self._full:
            return
        index = self._index
        self._index += 1
        await self._event("content_block_start", index=index, content_block=block)
        head = b'event: content_block_delta\ndata: {"type":"content_block_delta","index":%d,"delta":{"type":"%s","%s":'
        head %= (index, kind.encode(), key.encode())
        for piece in pieces:
            if self._written >= self._body["max_tokens"]:
                self._full = True
                break
            await self._pace()
            await self._write(head + orjson.dumps(piece) + b"}}\n\n")
            self._written += 1
        if signature and not self._full:
            await self._event(
                "content_block_delta", index=index, delta={"type": "signature_delta", "signature": signature}
            )
        await self._event("content_block_stop", index=index)

    async def _pace(self) -> None:
        fault = self._answer.fault
        if fault is not None and fault.kind in STREAM_FAULTS and self._written >= fault.after:
            await self._break(fault)
        if self._speed and self._written:
            due = self._start + self._written / self._speed
            if (wait := due - asyncio.get_running_loop().time()) > 0:
                await asyncio.sleep(wait)

    async def _break(self, fault: Fault) -> None:
        match fault.kind:
            case "silence":
                await asyncio.sleep(fault.seconds)
            case "malformed":
                await self._write(b'event: content_block_delta\ndata: {"type":"content_block_delta","ind\n\n')
            case "error":
                await self._event("error", error={"type": fault.type, "message": "Overloaded"})
            case _:
                pass
        raise Broken

    def _stop_reason(self) -> str:
        if self._full:
            return "max_tokens"
        return self._answer.stop_reason or ("tool_use" if self._answer.tools else "end_turn")

    async def _event(self, kind: str, **data: Any) -> None:
        await self._write(b"event: %s\ndata: %s\n\n" % (kind.encode(), orjson.dumps({"type": kind, **data})))


def thinks(body: Json) -> bool:
    """Whether the request lets the model think."""
    thinking: Json = body.get("thinking") or {}
    kind = thinking.get("type")
    return kind in ("enabled", "adaptive") or (kind is None and "effort" in body.get("output_config", {}))


def sign_redacted(body: Json) -> str:
    """The sealed content of a redacted block, which also carries its signature."""
    return f"{digest('redacted')}.{sign(body, '').partition('.')[2]}"
