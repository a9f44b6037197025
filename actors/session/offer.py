"""Which tools a step offers to the model: those of the person's preset, and those that it has found by `tool_search`.

Nothing of this is kept in memory: what was found is read from the committed calls and results of the branch, so that a
turn that is taken up elsewhere offers the same. What was found stays, behind the preset's own, for the rest of the
branch: the beginning of the request stays the same, and with it what the provider has in its cache.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import orjson

from actors.stores.messages import Message, ToolResult
from cluster.models.chat_model import Block, ToolSchema
from sandbox.mcp.names import CATEGORY
from sandbox.mcp.tools import given
from sandbox.policy import rules_of
from sandbox.presets import PresetName, names_of, preset_of
from sandbox.registry import Toolset
from sandbox.tools import tool_search

MOST_FOUND = 40
"""Found tools that are offered at once; the oldest go first."""


@dataclass(frozen=True, kw_only=True)
class Offer:
    """What a model may call without searching."""

    tools: Toolset
    """All that can run here."""
    preset: PresetName
    found: tuple[str, ...] = ()
    off: frozenset[str] = frozenset()
    """Tools that the person has switched off."""

    @classmethod
    def of(cls, tools: Toolset, preset: object, path: Iterable[Message], *, rules: object = None) -> "Offer":
        """The offer at the end of a branch. `rules` are the person's for single tools."""
        off = frozenset(name for name, rule in rules_of(rules).items() if rule == "never")
        offer = cls(tools=tools, preset=preset_of(preset), off=off)
        for message in path:
            offer = offer.after_step(message.blocks, message.tool_results)
        return offer

    def after_step(self, blocks: Iterable[Block], results: Sequence[ToolResult]) -> "Offer":
        """The offer once a step's tools have answered."""
        said = {result["id"]: result["content"] for result in results if not result["is_error"]}
        searches = [
            block["id"] for block in blocks if block["type"] == "tool_use" and block["name"] == tool_search.NAME
        ]
        names = [name for id in searches if id in said for name in _names_in(said[id])]
        found = tuple(dict.fromkeys([*self.found, *names]))
        return replace(self, found=found[-MOST_FOUND:])

    @property
    def names(self) -> Sequence[str]:
        """The tools in their order: the preset's, those of the person's MCP servers, then the found ones."""
        ours = names_of(self.preset, (tool for tool in self.tools if tool.category != CATEGORY))
        names = dict.fromkeys([*ours, *given(self.tools), *self.found])
        return [name for name in names if name not in self.off]

    def schemas(self) -> Sequence[ToolSchema]:
        """The tools as the model sees them."""
        return self.tools.schemas(self.names)


def _names_in(result: str) -> list[str]:
    """The tools that a search has found. A result that was cut short tells of none."""
    try:
        told: Any = orjson.loads(result)
    except orjson.JSONDecodeError:
        return []
    found: Any = cast("Mapping[str, Any]", told).get("found", []) if isinstance(told, dict) else []
    return [str(each["name"]) for each in found if "name" in each]
