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
        names = [f"`{tool.name}`" for tool in tools if tool.category == family.name]
        if names:
            rows.append(f"| **{family.title}** | {family.description} | {' '.join(names)} |")
    head = [f"{len(tools)} tools in {len(rows)} families:\n", "| family | what for | tools |", "|---|---|---|"]
    return "\n".join([*head, *rows]) + "\n"


def costs() -> str:
    """What each preset adds to every request."""
    rows = [f"| `{name}` | {len(names_of(name, TRUSTED_TOOLS))} | {preset_bytes(name):,} |" for name in PRESETS]
    return "\n".join(["| preset | tools | bytes |", "|---|---|---|", *rows]) + "\n"


def preset_bytes(preset: PresetName) -> int:
    """How many bytes of JSON the tools of a preset take in a request."""
    schemas = TRUSTED_TOOLS.schemas(names_of(preset, TRUSTED_TOOLS))
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
