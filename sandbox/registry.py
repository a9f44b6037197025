"""The tools that a model is offered, and the one way to run one: within its time, to a short text, never raising.

A model's mistake, a tool's failure and a bug of ours all come back as a result that the model can read, because an
exception here would end a person's turn for something the model can often mend itself.
"""

import asyncio
import logging
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from cluster.errors import ApexError, Temporary
from cluster.models.chat_model import ToolSchema
from sandbox.tool import Tool, ToolContext

MAX_RESULT_CHARS = 50_000
"""Longest result that goes back to a model; what is longer is cut, and says so."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class ToolOutcome:
    """What one run of a tool came to."""

    content: str
    is_error: bool
    seconds: float
    programs: tuple[Mapping[str, Any], ...] = ()
    """What the programs that it ran were allowed, and what they used (see `metered`)."""


class Toolset:
    """Tools by name."""

    def __init__(self, tools: Iterable[Tool]) -> None:
        self._tools = {tool.name: tool for tool in tools}

    def __iter__(self) -> Iterator[Tool]:
        return iter(self._tools.values())

    def find(self, name: str) -> Tool | None:
        """The tool of that name."""
        return self._tools.get(name)

    @property
    def by_name(self) -> Mapping[str, Tool]:
        """All tools."""
        return self._tools

    def beside(self, more: Sequence[Tool]) -> "Toolset":
        """These tools, and others beside them."""
        return Toolset([*self, *more]) if more else self

    def schemas(self, names: Iterable[str]) -> Sequence[ToolSchema]:
        """These tools as a model sees them, in this order; what is not here is left out."""
        found = (self.find(name) for name in names)
        return [
            ToolSchema(name=tool.name, description=tool.description, parameters=tool.parameters)
            for tool in found
            if tool is not None
        ]

    async def run(self, name: str, context: ToolContext, arguments: Mapping[str, Any]) -> ToolOutcome:
        """Run a tool to its end or its time limit. Every failure is an outcome with `is_error`."""
        began = time.monotonic()
        content, is_error = await self._attempt(name, context, arguments)
        return ToolOutcome(content=_cut(content), is_error=is_error, seconds=round(time.monotonic() - began, 3))

    async def _attempt(self, name: str, context: ToolContext, arguments: Mapping[str, Any]) -> tuple[str, bool]:
        tool = self.find(name)
        if tool is None:
            return f"There is no tool called {name!r}. Tools: {', '.join(sorted(context.library))}.", True
        try:
            async with asyncio.timeout(tool.facts.seconds):
                return as_text(await tool.run(context, arguments)), False
        except TimeoutError:
            return f"{name} took longer than {tool.facts.seconds:g} seconds and was stopped.", True
        except Temporary as error:
            return f"{error} This may pass; trying again can help.", True
        except ApexError as error:
            return str(error), True
        except Exception:
            log.exception("the tool %s failed", name)
            return f"{name} failed for a reason that lies in the tool, not in its arguments.", True


def as_text(result: object) -> str:
    """A tool's result as the text that a model reads: text stays, everything else becomes JSON."""
    if isinstance(result, str):
        return result
    return orjson.dumps(result, default=str, option=orjson.OPT_NON_STR_KEYS).decode()


def _cut(text: str) -> str:
    if len(text) <= MAX_RESULT_CHARS:
        return text
    return f"{text[:MAX_RESULT_CHARS]}\n[cut here: {len(text) - MAX_RESULT_CHARS} more characters]"
