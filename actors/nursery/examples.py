"""Training examples in the chat format that fine-tuning services take: for each a line of JSON.

`messages` and `tools` are as in the Chat Completions API: a tool call carries its arguments as JSON in a text, and a
message of role `tool` answers it by id.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from sandbox.tool import Tool

Json = dict[str, Any]


def example(messages: Iterable[Json], tools: Iterable[Tool] = ()) -> Json:
    """One line: a conversation, and the tools that its model was offered."""
    offered = [_function(tool) for tool in tools]
    return {"messages": list(messages), **({"tools": offered} if offered else {})}


def told(text: str) -> Json:
    """What the model is told before all."""
    return {"role": "system", "content": text}


def asked(text: str) -> Json:
    """What the person said."""
    return {"role": "user", "content": text}


def said(text: str, calls: Iterable[tuple[str, str, Mapping[str, Any]]] = ()) -> Json:
    """What the model said, and the tools it called: id, name, arguments."""
    made = [
        {"id": id, "type": "function", "function": {"name": name, "arguments": orjson.dumps(arguments).decode()}}
        for id, name, arguments in calls
    ]
    return {"role": "assistant", "content": text, **({"tool_calls": made} if made else {})}


def returned(id: str, content: str) -> Json:
    """What a tool came to."""
    return {"role": "tool", "tool_call_id": id, "content": content}


def lines_of(examples: Iterable[Json]) -> bytes:
    """All examples as JSON Lines."""
    return b"".join(orjson.dumps(each) + b"\n" for each in examples)


def _function(tool: Tool) -> Json:
    function = {"name": tool.name, "description": tool.description, "parameters": tool.parameters}
    return {"type": "function", "function": function}
