"""A chat model that is none: it answers from a script, always the same way, for demos, tests and load.

What it does is written in the last message of the person; anything else is echoed:

    use tool NAME with {"a": 1}   asks for a tool; several at once, in the order written
    count to 500                  that many numbers
    markdown demo                 headings, a table, code and a formula
    fail busy | unreachable | refused    after saying what it had to say
    at 20 tokens per second       the speed

Where a schema of the answer is given, it is JSON that keeps to it.
"""

import asyncio
import re
from collections.abc import AsyncGenerator, Sequence
from typing import Any

import orjson

from cluster.models.card import ModelCard
from cluster.models.chat_model import (
    Block,
    ModelBusy,
    ModelEvent,
    ModelRefused,
    ModelRequest,
    ModelUnreachable,
    StepDone,
    TextDelta,
    ThinkingDelta,
    ToolCall,
    Usage,
)
from cluster.models.filled import filled

SPEED = 200.0
"""Tokens in a second, unless the message says otherwise."""
MOST = 100_000
TOOL = re.compile(r"use tool (\w+) with (?=\{)", re.IGNORECASE)
COUNT = re.compile(r"\bcount to (\d+)", re.IGNORECASE)
PACE = re.compile(r"\bat (\d+) tokens per second", re.IGNORECASE)
FAIL = re.compile(r"\bfail (busy|unreachable|refused)\b", re.IGNORECASE)
FAILURES = {"busy": ModelBusy, "unreachable": ModelUnreachable, "refused": ModelRefused}
THOUGHT = "The script says what to answer, so I only have to read it out."
DEMO = """## A demonstration

Text with **weight**, *slant*, `code` and a [link](https://example.org).

| model | speed |
|---|---:|
| scripted | as you like |

```python
def golden(n: int) -> float:
    return (1 + 5 ** 0.5) / 2 ** n
```

1. first
2. second, with $e^{i\\pi} + 1 = 0$

> Quoted.
"""


class ScriptedChatModel:
    """Answers from the script above."""

    def __init__(self, card: ModelCard, *, tokens_per_second: float = SPEED) -> None:
        self._card = card
        self._speed = tokens_per_second

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent]:
        """Deltas at the script's speed and one StepDone. Raises what the script asks for."""
        said = last_said(request)
        thought = THOUGHT if request.thinking_tokens else ""
        answer, calls = plan(request, said)
        pieces = [
            *((ThinkingDelta, piece) for piece in tokens(thought)),
            *((TextDelta, piece) for piece in tokens(answer)),
        ]
        cut = len(pieces) > request.max_tokens
        pace = PACE.search(said)
        speed = float(pace[1]) if pace else self._speed
        start = asyncio.get_running_loop().time()
        for count, (delta, piece) in enumerate(pieces[: request.max_tokens], 1):
            yield delta(piece)
            await asyncio.sleep(max(0.0, start + count / speed - asyncio.get_running_loop().time()))
        usage = Usage(input_tokens=size(request), output_tokens=min(len(pieces), request.max_tokens) + 20 * len(calls))
        if (fail := FAIL.search(said)) is not None:
            raise FAILURES[fail[1].lower()]("the script says so", usage)
        text = "".join(piece for delta, piece in pieces[: request.max_tokens] if delta is TextDelta)
        yield done(self._card.id, thought, text, [] if cut else calls, usage=usage, cut=cut)


def plan(request: ModelRequest, said: str) -> tuple[str, list[ToolCall]]:
    """What to say, and which tools to ask for."""
    if (results := tool_results(request)) is not None:
        return f"The tools answered: {'; '.join(results)}", []
    if calls := tool_calls(said, len(request.messages)):
        return "Let me look that up.", calls
    if request.answer_schema is not None:
        return orjson.dumps(filled(request.answer_schema, request.system)).decode(), []
    if "title" in request.system.lower():
        return " ".join(said.split()[:6]) or "Conversation", []
    if (count := COUNT.search(said)) is not None:
        return " ".join(str(number) for number in range(1, min(int(count[1]), MOST) + 1)), []
    if "markdown demo" in said.lower():
        return DEMO, []
    return f"You said: {said}", []


def tool_calls(said: str, turn: int) -> list[ToolCall]:
    """The calls that a message asks for."""
    calls: list[ToolCall] = []
    for found in TOOL.finditer(said):
        arguments = json_at(said, found.end())
        if arguments is not None:
            calls.append(ToolCall(id=f"toolu_script_{turn}_{len(calls)}", name=found[1], arguments=arguments))
    return calls


def json_at(text: str, start: int) -> dict[str, Any] | None:
    """The JSON object that begins at a place in a text."""
    for end in (index + 1 for index in range(start, len(text)) if text[index] == "}"):
        try:
            return orjson.loads(text[start:end])
        except orjson.JSONDecodeError:
            continue
    return None


def tool_results(request: ModelRequest) -> list[str] | None:
    """What the tools answered, if the last message holds that."""
    blocks = request.messages[-1].content if request.messages else ()
    results = [plain(block.get("content", "")) for block in blocks if block["type"] == "tool_result"]
    return results or None


def plain(content: str | Sequence[Block]) -> str:
    """The text of a tool result."""
    return content if isinstance(content, str) else "".join(block.get("text", "") for block in content)


def last_said(request: ModelRequest) -> str:
    """The text of the last message that a person wrote."""
    for message in reversed(request.messages):
        text = "\n".join(block["text"] for block in message.content if block["type"] == "text")
        if message.role == "user" and text:
            return text
    return ""


def tokens(text: str) -> list[str]:
    """A text in pieces that join to it again."""
    return re.findall(r"\s*\S+|\s+$", text)


def size(request: ModelRequest) -> int:
    """About how many tokens went in."""
    said = sum(len(str(block)) for message in request.messages for block in message.content)
    return (said + len(request.system)) // 4


def done(model: str, thought: str, text: str, calls: list[ToolCall], *, usage: Usage, cut: bool) -> StepDone:
    """The end of a step."""
    blocks: list[Block] = [{"type": "thinking", "thinking": thought, "signature": ""}] if thought else []
    if text:
        blocks.append({"type": "text", "text": text})
    blocks += [{"type": "tool_use", "id": call.id, "name": call.name, "input": dict(call.arguments)} for call in calls]
    stop = "max_tokens" if cut else "tool_use" if calls else "end_turn"
    return StepDone(blocks=blocks, stop_reason=stop, usage=usage, model=model, tool_calls=calls)
