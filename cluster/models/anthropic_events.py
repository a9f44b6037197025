"""Reads the event stream of a Messages call: bytes to events, events to deltas, and at the end the whole step.

The SDK builds a pydantic model for each event and swallows pings. A delta here is a dictionary lookup, which is what
lets one process relay hundreds of streams.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, cast

import orjson

from cluster.errors import ApexError
from cluster.models.card import ModelCard
from cluster.models.chat_model import (
    BlockBegan,
    InputDelta,
    ModelEvent,
    Signed,
    StepDone,
    TextDelta,
    ThinkingDelta,
    ToolCall,
    Usage,
    UsageCounted,
)

Json = dict[str, Any]
NOTHING = Usage()
LARGEST_EVENT = 8 * 1024 * 1024
"""Bytes; a longer event is taken for garbage."""
STOPS = {"end_turn", "max_tokens", "tool_use", "stop_sequence", "refusal", "pause_turn"}
OTHER_STOPS = {"model_context_window_exceeded": "max_tokens"}
COUNTS = {
    "input_tokens": "input_tokens",
    "output_tokens": "output_tokens",
    "cache_read_input_tokens": "cache_read_tokens",
    "cache_creation_input_tokens": "cache_write_tokens",
}


class BadStream(ApexError):
    """The event stream cannot be understood."""


class StreamFailed(ApexError):
    """The provider reported an error in the middle of the stream."""

    def __init__(self, kind: str = "api_error", detail: str = "") -> None:
        super().__init__(kind, detail)
        self.kind = kind
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.kind}: {self.detail}" if self.detail else self.kind


class EventReader:
    """Cuts bytes into server-sent events, whatever pieces they come in."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, chunk: bytes) -> Iterator[Json]:
        """The events that are complete by now, one by one: what came before a bad one still counts.

        Raises BadStream.
        """
        data = self._rest + chunk if self._rest else chunk
        held = b"\r" if data.endswith(b"\r") else b""
        if b"\r" in data:
            data = data.removesuffix(held).replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        *whole, rest = data.split(b"\n\n")
        self._rest = rest + held
        if len(rest) > LARGEST_EVENT:
            raise BadStream("an event without an end")
        for part in whole:
            if (event := parse(part)) is not None:
                yield event


def parse(part: bytes) -> Json | None:
    """The JSON of one event; None for comments. Raises BadStream."""
    lines = [line[5:] for line in part.split(b"\n") if line.startswith(b"data:")]
    if not lines:
        return None
    try:
        event: Any = orjson.loads(lines[0] if len(lines) == 1 else b"\n".join(lines))
    except orjson.JSONDecodeError as error:
        raise BadStream(f"an event is not JSON: {error}") from error
    if not isinstance(event, dict):
        raise BadStream("an event is not an object")
    return cast("Json", event)


class Step:
    """One answer as it comes in."""

    def __init__(self, card: ModelCard, *, blockwise: bool = False) -> None:
        self._card = card
        self._blockwise = blockwise
        self._blocks: dict[int, Json] = {}
        self._parts: dict[int, list[str]] = {}
        self._counts: dict[str, int] = {}
        self._model = card.id
        self._stop: str | None = None
        self._stop_sequence: str | None = None

    @property
    def usage(self) -> Usage | None:
        """What the provider has counted so far."""
        return self._card.priced(replace(NOTHING, **cast("Any", self._counts))) if self._counts else None

    def take(self, event: Json) -> ModelEvent | None:
        """Take an event in; answers what the caller should see of it. Raises BadStream, StreamFailed."""
        try:
            if event["type"] == "content_block_delta":
                return self._add(event["index"], event["delta"])
            return self._take_rare(event)
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise BadStream(f"an event lacks its form: {error!r}") from error

    def _add(self, index: int, delta: Json) -> ModelEvent | None:
        kind = delta["type"]
        if kind == "text_delta":
            text: str = delta["text"]
            self._parts[index].append(text)
            return TextDelta(text) if text else None
        if kind == "thinking_delta":
            thought: str = delta["thinking"]
            self._parts[index].append(thought)
            return ThinkingDelta(thought) if thought else None
        if kind == "input_json_delta":
            self._parts[index].append(delta["partial_json"])
            return InputDelta(delta["partial_json"]) if self._blockwise else None
        if kind == "signature_delta":
            self._blocks[index]["signature"] = self._blocks[index].get("signature", "") + delta["signature"]
            return Signed(delta["signature"]) if self._blockwise else None
        if kind == "citations_delta":
            self._blocks[index]["citations"] = [*(self._blocks[index].get("citations") or []), delta["citation"]]
        return None

    def _take_rare(self, event: Json) -> ModelEvent | None:
        match event["type"]:
            case "content_block_start":
                self._blocks[event["index"]] = dict(event["content_block"])
                self._parts[event["index"]] = []
                return BlockBegan(event["content_block"]) if self._blockwise else None
            case "message_start":
                self._model = event["message"]["model"]
                self._count(event["message"]["usage"])
                return UsageCounted(self.usage) if self.usage else None
            case "message_delta":
                self._stop = event["delta"].get("stop_reason") or self._stop
                self._stop_sequence = event["delta"].get("stop_sequence")
                self._count(event.get("usage") or {})
            case "message_stop":
                return self._done()
            case "error":
                raise StreamFailed(str(event["error"]["type"]), str(event["error"].get("message", "")))
            case _:
                return None
        return None

    def _count(self, usage: Json) -> None:
        # Counts are cumulative, and a later report may leave some of them out.
        for theirs, ours in COUNTS.items():
            if (value := usage.get(theirs)) is not None:
                self._counts[ours] = int(value)

    def _done(self) -> StepDone:
        stop = OTHER_STOPS.get(self._stop or "", self._stop or "end_turn")
        stop = stop if stop in STOPS else "end_turn"
        # A step that was cut short may hold half a tool call: without an answer to it, the history would be refused.
        whole = stop not in ("max_tokens", "refusal")
        kept = [index for index in sorted(self._blocks) if whole or self._blocks[index]["type"] != "tool_use"]
        blocks = [self._finish(index) for index in kept]
        calls = [
            ToolCall(id=block["id"], name=block["name"], arguments=block["input"])
            for block in blocks
            if block["type"] == "tool_use"
        ]
        return StepDone(
            blocks=blocks,
            stop_reason=stop,  # pyright: ignore[reportArgumentType]
            usage=self.usage or Usage(),
            model=self._model,
            tool_calls=calls,
            stop_sequence=self._stop_sequence,
        )

    def _finish(self, index: int) -> Json:
        block = self._blocks[index]
        told = "".join(self._parts[index])
        match block["type"]:
            case "text":
                block["text"] = block.get("text", "") + told
            case "thinking":
                block["thinking"] = block.get("thinking", "") + told
            case "tool_use" | "server_tool_use" if told:
                block["input"] = orjson.loads(told)
                if not isinstance(block["input"], dict):
                    raise BadStream("a tool call's arguments are not an object")
            case _:
                pass
        return block
