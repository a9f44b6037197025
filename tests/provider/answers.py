"""What the loopback provider answers: decided by directives in the last thing a person said, or queued by a test.

    [[say TEXT]] [[count N]] [[think TEXT]] [[tool NAME {"json": 1}]] [[stop REASON]] [[first SECONDS]]
    [[speed TOKENS_PER_SECOND]] [[fault KIND name=value ...]] [[then]]

`[[then]]` parts the steps of one turn: what follows it is answered after the tool results. Without any directive the
message is echoed; after tools, what they answered is.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

Json = dict[str, Any]
DIRECTIVE = re.compile(r"\[\[(\w+)(?:\s+(.*?))?\]\]", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class Fault:
    """Something that goes wrong.

    `overloaded` (529), `rate_limit` (429), `server_error` (500), `refused` (400), `unauthorized` (401) answer with a
    status; `cut`, `silence`, `malformed` and `error` break the stream after `after` tokens. The fault happens to the
    first `times` requests that ask for it.
    """

    kind: str
    retry_after: float | None = None
    times: int = 1_000_000
    after: int = 3
    seconds: float = 30.0
    """How long a `silence` lasts."""
    type: str = "overloaded_error"
    """What an `error` event says."""


@dataclass(frozen=True, kw_only=True)
class ToolUse:
    """A tool that the answer asks for."""

    name: str
    input: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One step of an answer. `tokens_per_second` 0 is as fast as it goes; None leaves the speed to the provider."""

    text: str = ""
    thinking: str = ""
    redacted: str = ""
    tools: tuple[ToolUse, ...] = ()
    stop_reason: str | None = None
    first_seconds: float = 0.0
    tokens_per_second: float | None = None
    fault: Fault | None = None

    @classmethod
    def read(cls, data: Json) -> "Answer":
        """From JSON, as the control interface takes it."""
        fault = Fault(**data["fault"]) if data.get("fault") else None
        tools = tuple(ToolUse(**tool) for tool in data.get("tools", ()))
        values: Json = {**data, "fault": fault, "tools": tools}
        return cls(**values)


def answer_for(body: Json) -> Answer:
    """The answer that the conversation asks for."""
    said, step = last_said(body["messages"])
    parts = re.split(r"\[\[then\]\]", said)
    if step < len(parts) and DIRECTIVE.search(parts[step]):
        return directed(parts[step])
    if results := tool_results(body["messages"][-1]):
        return Answer(text=f"The tools answered: {'; '.join(results)}")
    return Answer(text=f"You said: {said}")


def directed(text: str) -> Answer:
    """Follow the directives of one step."""
    answer = Answer()
    for name, rest in DIRECTIVE.findall(text):
        answer = replace(answer, **followed(answer, name, rest))
    if not (answer.text or answer.tools):
        answer = replace(answer, text="one two three four five six seven eight nine ten")
    return answer


def followed(answer: Answer, name: str, rest: str) -> Json:
    """What one directive changes in an answer."""
    match name:
        case "say":
            return {"text": answer.text + rest}
        case "count":
            return {"text": answer.text + " ".join(str(n) for n in range(1, int(rest) + 1))}
        case "think":
            return {"thinking": rest}
        case "tool":
            tool, _, arguments = rest.partition(" ")
            return {"tools": (*answer.tools, ToolUse(name=tool, input=orjson.loads(arguments or "{}")))}
        case "stop":
            return {"stop_reason": rest}
        case "first":
            return {"first_seconds": float(rest)}
        case "speed":
            return {"tokens_per_second": float(rest)}
        case "fault":
            return {"fault": fault(rest)}
        case _:
            raise ValueError(f"no such directive: {name}")


def fault(text: str) -> Fault:
    """Read `KIND name=value ...`."""
    kind, *settings = text.split()
    values: Json = dict(setting.split("=", 1) for setting in settings)
    numbers = {name: int(values[name]) for name in ("times", "after") if name in values}
    times = {name: float(values[name]) for name in ("retry_after", "seconds") if name in values}
    values |= numbers | times
    return Fault(kind=kind, **values)


def last_said(messages: list[Json]) -> tuple[str, int]:
    """The last thing that a person said, and how many steps the answer has taken since."""
    steps = 0
    for message in reversed(messages):
        if message["role"] == "assistant":
            steps += 1
            continue
        content = message["content"]
        text = content if isinstance(content, str) else "\n".join(b["text"] for b in content if b["type"] == "text")
        if text:
            return text, steps
    return "", steps


def tool_results(message: Json) -> list[str]:
    """The texts of a message's tool results."""
    blocks: list[Json] = [] if isinstance(message["content"], str) else message["content"]
    texts: list[str] = []
    for block in blocks:
        if block["type"] == "tool_result":
            content: str | list[Json] = block.get("content", "")
            texts.append(content if isinstance(content, str) else "".join(part.get("text", "") for part in content))
    return texts


def tokens(text: str) -> list[str]:
    """A text in pieces that join to it again; each counts as a token."""
    return re.findall(r"\s*\S+|\s+$", text)
