"""Writes what the documents say of the tools: the list in README.md, the presets and their cost in sandbox/README.md.

`python -m actors.tool_list` writes both between their marks. The cost is counted in bytes of JSON, as the Messages API
gets it: name, description and schema of each tool. A contract test fails when a document says something else.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import orjson

from actors.toolset import TRUSTED_TOOLS
from sandbox.families import FAMILIES
from sandbox.presets import PRESETS, PresetName, names_of
from sandbox.registry import Toolset
from sandbox.tool import Tool

ROOT = Path(__file__).parent.parent
BEGIN, END = "<!-- tools: `python -m actors.tool_list` writes this -->\n", "<!-- /tools -->\n"


@dataclass(frozen=True)
class Document:
    """A file with a marked place, and what belongs there."""

    path: Path
    text: Callable[[], str]


def families() -> str:
    """All tools by family."""
    tools = sorted(TRUSTED_TOOLS, key=lambda tool: tool.name)
    rows: list[str] = []
    for family in FAMILIES:
        names = [_shown(tool) for tool in tools if tool.category == family.name]
        if names:
            rows.append(f"| **{family.title}** | {family.description} | {' '.join(names)} |")
    needy = sum(bool(tool.facts.needs) for tool in tools)
    counted = f"{len(tools)} tools in {len(rows)} families; {needy} of them, marked °, once what they need is set up:\n"
    head = [counted, "| family | what for | tools |", "|---|---|---|"]
    return "\n".join([*head, *rows]) + "\n"


def costs() -> str:
    """What each preset adds to every request where everything is set up."""
    rows = [
        f"| `{name}` | {len(names_of(name, TRUSTED_TOOLS))} | {preset_bytes(name, TRUSTED_TOOLS):,} |"
        for name in PRESETS
    ]
    return "\n".join(["| preset | tools | bytes |", "|---|---|---|", *rows]) + "\n"


def _shown(tool: Tool) -> str:
    return f"`{tool.name}`°" if tool.facts.needs else f"`{tool.name}`"


def preset_bytes(preset: PresetName, tools: Toolset) -> int:
    """How many bytes of JSON a preset of these tools takes in a request."""
    schemas = tools.schemas(names_of(preset, tools))
    sent = [{"name": tool.name, "description": tool.description, "input_schema": tool.parameters} for tool in schemas]
    return len(orjson.dumps(sent))


DOCUMENTS = (Document(ROOT / "README.md", families), Document(ROOT / "sandbox" / "README.md", costs))


def current(document: Document) -> str:
    """The document as it should be. Raises ValueError when it has no marks."""
    before, found, rest = document.path.read_text().partition(BEGIN)
    _, closed, after = rest.partition(END)
    if not found or not closed:
        raise ValueError(f"{document.path} has no place for the tools")
    return f"{before}{BEGIN}\n{document.text()}\n{END}{after}"


if __name__ == "__main__":
    for each in DOCUMENTS:
        each.path.write_text(current(each))
