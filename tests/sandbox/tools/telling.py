"""What a model is told by a tool, as a test reads it."""

from typing import Any

import orjson

from sandbox.registry import MAX_RESULT_CHARS, Toolset
from sandbox.tool import ToolContext


async def told(tools: Toolset, context: ToolContext, name: str, **arguments: Any) -> Any:
    """The answer of a tool that did what it was asked."""
    outcome = await tools.run(name, context, arguments)
    assert not outcome.is_error, outcome.content
    assert len(outcome.content) < MAX_RESULT_CHARS
    return orjson.loads(outcome.content)


async def refused(tools: Toolset, context: ToolContext, name: str, **arguments: Any) -> str:
    """Why a tool did not do what it was asked: something short."""
    outcome = await tools.run(name, context, arguments)
    assert outcome.is_error, outcome.content
    assert len(outcome.content) < 1000
    return outcome.content
