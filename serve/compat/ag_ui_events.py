"""Tells a turn's events as those of AG-UI (protocol 1.0), with our tools, their results, and questions to the person.

Texts and thinking are messages, steps are steps, tools that run are tool calls with results. What AG-UI has no event
for is a CUSTOM one of the same name as in our log: tool_progress, turn_recovering, turn_resumed.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson

from actors.stores.approvals import Approval
from actors.stores.messages import Message
from cluster.events.log import Entry

Json = dict[str, Any]
YES_OR_NO: Mapping[str, Any] = {
    "type": "object",
    "properties": {"approved": {"type": "boolean"}},
    "required": ["approved"],
}
OPENING: Mapping[str, Sequence[tuple[str, Json]]] = {
    "token": [("TEXT_MESSAGE_START", {"role": "assistant"})],
    "thinking": [("REASONING_START", {}), ("REASONING_MESSAGE_START", {"role": "reasoning"})],
}
CONTENT = {"token": "TEXT_MESSAGE_CONTENT", "thinking": "REASONING_MESSAGE_CONTENT"}
CLOSING = {"token": ["TEXT_MESSAGE_END"], "thinking": ["REASONING_MESSAGE_END", "REASONING_END"]}
CUSTOM = {"tool_progress", "turn_recovering", "turn_resumed"}
ASKING = "approval_requested"


class Writer:
    """Keeps messages and steps in order: what was opened is closed before the next begins."""

    def __init__(self) -> None:
        self._open: tuple[str, str] | None = None
        self._step: str | None = None
        self._told: dict[str, str] = {}

    def of(self, entry: Entry) -> Iterable[bytes]:
        """The events that tell an entry of the log."""
        if entry.type in CONTENT:
            said = _read(entry)
            yield from self._say(entry.type, str(said["message_id"]), said["content"])
        elif entry.type in ("step_started", "step_finished", "tool_start", "tool_complete") or entry.type in CUSTOM:
            yield from self._rare(entry.type, _read(entry))

    def close(self) -> Iterable[bytes]:
        """The events that end what is open."""
        yield from self._shut()
        if self._step is not None:
            yield event("STEP_FINISHED", stepName=self._step)
            self._step = None

    def rest(self, steps: Iterable[Message]) -> Iterable[bytes]:
        """What of the steps was not told: the log had lost it."""
        for step in steps:
            told = self._told.get(str(step.id), "")
            if step.content.startswith(told) and len(step.content) > len(told):
                yield from self._say("token", str(step.id), step.content[len(told) :])

    def _say(self, kind: str, message: str, text: str) -> Iterable[bytes]:
        id = message if kind == "token" else f"{message}-thinking"
        if self._open != (kind, id):
            yield from self._shut()
            self._open = (kind, id)
            yield from (event(name, messageId=id, **more) for name, more in OPENING[kind])
        if kind == "token":
            self._told[message] = self._told.get(message, "") + text
        yield event(CONTENT[kind], messageId=id, delta=text)

    def _shut(self) -> Iterable[bytes]:
        if self._open is not None:
            kind, id = self._open
            self._open = None
            yield from (event(name, messageId=id) for name in CLOSING[kind])

    def _rare(self, type: str, said: Json) -> Iterable[bytes]:
        match type:
            case "step_started":
                yield from self.close()
                self._step = f"step {said['step'] + 1}"
                yield event("STEP_STARTED", stepName=self._step)
            case "step_finished":
                yield from self.close()
            case "tool_start":
                yield from self._shut()
                call = {"toolCallId": said["id"]}
                yield event("TOOL_CALL_START", **call, toolCallName=said["tool"], parentMessageId=said["message_id"])
                yield event("TOOL_CALL_ARGS", **call, delta=orjson.dumps(said["arguments"]).decode())
                yield event("TOOL_CALL_END", **call)
            case "tool_complete":
                content = str(said["result"]["content"])
                id = f"{said['message_id']}-{said['id']}"
                yield event("TOOL_CALL_RESULT", messageId=id, toolCallId=said["id"], content=content, role="tool")
            case _:
                if type == "turn_resumed":
                    yield from self.close()
                kept = {name: said[name] for name in ("id", "text", "reason", "step") if name in said}
                yield event("CUSTOM", name=type, value=kept)


def event(type: str, **fields: Any) -> bytes:
    """One event."""
    return b"data: %b\n\n" % orjson.dumps({"type": type, **fields})


def interrupt(approval: Approval) -> Json:
    """A question to the person: whether a tool may run."""
    return {
        "id": str(approval.id),
        "reason": "tool_call",
        "message": f"{approval.tool} waits for your word.",
        "toolCallId": approval.call_id,
        "responseSchema": YES_OR_NO,
        "expiresAt": approval.expires_at.isoformat(),
        "metadata": {"tool": approval.tool, "arguments": approval.arguments, "reason": approval.reason},
    }


def usage(steps: Sequence[Message]) -> list[Json]:
    """What the steps used, for each model."""
    found: dict[str, Json] = {}
    for step in steps:
        counts = step.usage or {}
        read, written = counts.get("cache_read_tokens", 0), counts.get("cache_write_tokens", 0)
        went_in, came_out = counts.get("input_tokens", 0) + read + written, counts.get("output_tokens", 0)
        added = {
            "inputTokens": went_in,
            "outputTokens": came_out,
            "totalTokens": went_in + came_out,
            "cachedInputTokens": read,
            "cacheWriteInputTokens": written,
        }
        sums = found.setdefault(step.model or "", {"model": step.model or "", **dict.fromkeys(added, 0)})
        for name, count in added.items():
            sums[name] += count
    return list(found.values())


def _read(entry: Entry) -> Json:
    return orjson.loads(entry.data)
