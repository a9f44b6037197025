"""What there is of tools, as lists and one by one."""

from collections.abc import Sequence
from typing import Any

from actors.equipment import equipment_of, offered
from actors.tool_list import preset_bytes
from actors.toolset import TRUSTED_TOOLS
from cluster.errors import NotFound
from cluster.settings import Settings
from sandbox.equipment import Equipment
from sandbox.families import FAMILIES
from sandbox.presets import DEFAULT, PRESETS, names_of
from sandbox.ranking import ranked
from sandbox.tool import Tool
from serve import tools_wire as wire
from serve.conversations import cursors

ORDER = {family.name: place for place, family in enumerate(FAMILIES)}


def listed(settings: Settings, q: str | None, family: str | None, *, skip: int, limit: int) -> wire.Tools:
    """A page of the tools of a family, or of all; with words those that have them, best first."""
    here = equipment_of(settings)
    found = ranked(TRUSTED_TOOLS, q) if q else sorted(TRUSTED_TOOLS, key=lambda tool: (ORDER[tool.category], tool.name))
    wanted = [tool for tool in found if family in (None, tool.category)]
    page = wanted[skip : skip + limit]
    more = skip + len(page) < len(wanted)
    return wire.Tools(
        tools=[wire.ListedTool(**_told(tool, here)) for tool in page],
        families=_families(wanted),
        total=len(wanted),
        next_cursor=cursors.after_count(skip + len(page)) if more else None,
    )


def described(settings: Settings, name: str) -> wire.ToolSchema:
    """One tool. Raises NotFound."""
    tool = known(name)
    example = None if tool.example is None else wire.ToolExample.model_validate(tool.example)
    parameters = dict(tool.parameters)
    told = _told(tool, equipment_of(settings))
    return wire.ToolSchema(**told, description=tool.description, parameters=parameters, example=example)


def known(name: str) -> Tool:
    """The tool of that name. Raises NotFound."""
    tool = TRUSTED_TOOLS.find(name)
    if tool is None:
        raise NotFound("there is no tool of this name")
    return tool


def presets(settings: Settings) -> wire.ToolPresets:
    """The presets and their cost."""
    tools = offered(settings)
    shown = [
        wire.ToolPreset(
            name=name,
            title=preset.title,
            description=preset.description,
            tools=names_of(name, tools),
            bytes=preset_bytes(name, tools),
        )
        for name, preset in PRESETS.items()
    ]
    return wire.ToolPresets(default=DEFAULT, presets=sorted(shown, key=lambda preset: preset.bytes))


def _told(tool: Tool, here: Equipment) -> dict[str, Any]:
    facts = wire.ToolFacts.model_validate(tool.facts)
    missing = here.lack(tool.facts.needs)
    return {"name": tool.name, "family": tool.category, "summary": tool.summary, "missing": missing, "facts": facts}


def _families(tools: Sequence[Tool]) -> list[wire.ToolFamily]:
    counted = [(family, sum(tool.category == family.name for tool in tools)) for family in FAMILIES]
    return [
        wire.ToolFamily(name=family.name, title=family.title, description=family.description, tools=count)
        for family, count in counted
        if count
    ]
