"""The wire as TypeScript: the page's types come from `serve/wire.py` and the `*_wire.py` beside it alone, so the two
can't drift apart.

`python -m serve.schema` writes `ui/src/wire.ts`; with `--check` it fails when the committed file is another.
"""

import json
import sys
from pathlib import Path
from typing import Any, cast

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from serve import (
    agents_wire,
    councils_wire,
    datasets_wire,
    files_wire,
    keys_wire,
    knowledge_wire,
    mcp_wire,
    runtime_wire,
    socket_wire,
    swarms_wire,
    tools_wire,
    usage_wire,
    village_wire,
    wire,
)

TARGET = Path(__file__).parent.parent / "ui" / "src" / "wire.ts"
PRIMITIVES = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean", "null": "null"}
UNIONS = {"SocketCommand": socket_wire.SocketCommand, "SocketEvent": socket_wire.SocketEvent}

MODULES = (
    wire, keys_wire, usage_wire, runtime_wire, tools_wire, mcp_wire, files_wire, datasets_wire, village_wire,
    knowledge_wire, agents_wire, swarms_wire, councils_wire, socket_wire,
)  # fmt: skip
Schema = dict[str, Any]


def schema() -> Schema:
    """The JSON schema of every wire model, under `$defs`."""
    return models_json_schema([(model, _mode(model)) for model in _models()], ref_template="#/$defs/{model}")[1]


def typescript() -> str:
    """The text of `ui/src/wire.ts`."""
    definitions: Schema = schema()["$defs"]
    parts = ["// Generated from wire.py and the *_wire.py modules in serve/ by `npm run wire`.\n"]
    models = {model.__name__: model for model in _models()}
    parts += [_interface(models[name], definitions[name]) for name in sorted(definitions)]
    parts += [_union(name, kind) for name, kind in UNIONS.items()]
    return "\n".join(parts)


def _models() -> list[type[BaseModel]]:
    found = [(module, item) for module in MODULES for item in vars(module).values() if isinstance(item, type)]
    ours = [item for module, item in found if issubclass(item, BaseModel) and item.__module__ == module.__name__]
    return [item for item in ours if item not in (wire.Answer, wire.Command)]


def _mode(model: type[BaseModel]) -> JsonSchemaMode:
    return "serialization" if _whole(model) else "validation"


def _whole(model: type[BaseModel]) -> bool:
    """What a client gets has all its fields. Preferences go both ways: got whole, sent as `Partial<Preferences>`."""
    return issubclass(model, wire.Answer) or model is wire.Preferences


def _interface(model: type[BaseModel], definition: Schema) -> str:
    fields: Schema = definition.get("properties", {})
    required = set(fields) if _whole(model) else set(definition.get("required", []))
    lines = [*_comment(definition.get("description"), ""), f"export interface {model.__name__} {{"]
    for field, value in fields.items():
        lines += _comment(value.get("description"), "  ")
        lines.append(f"  {field}{'' if field in required else '?'}: {_type(value)}")
    return "\n".join([*lines, "}", ""])


def _union(name: str, annotation: Any) -> str:
    one_of: list[Schema] = TypeAdapter(annotation).json_schema(ref_template="#/$defs/{model}")["oneOf"]
    members = "".join(f"\n  | {_type(member)}" for member in one_of)
    return f"export type {name} ={members}\n"


def _comment(text: str | None, indent: str) -> list[str]:
    return [f"{indent}/** {' '.join(text.split())} */"] if text else []


def _type(value: Schema) -> str:
    if "$ref" in value:
        return str(value["$ref"]).rsplit("/", 1)[1]
    if "const" in value:
        return json.dumps(value["const"])
    if "enum" in value:
        return " | ".join(json.dumps(choice) for choice in value["enum"])
    if "anyOf" in value:
        return " | ".join(_type(choice) for choice in value["anyOf"])
    return _container(value)


def _container(value: Schema) -> str:
    kind = value.get("type")
    if kind == "array":
        item = _type(value["items"])
        return f"({item})[]" if " " in item else f"{item}[]"
    if kind == "object":
        items = value.get("additionalProperties")
        return f"Record<string, {_type(cast('Schema', items)) if isinstance(items, dict) else 'unknown'}>"
    return PRIMITIVES.get(str(kind), "unknown")


def main(arguments: list[str]) -> int:
    text = typescript()
    if "--check" in arguments:
        if TARGET.exists() and TARGET.read_text() == text:
            return 0
        sys.stderr.write("ui/src/wire.ts is not what the wire modules of serve/ say: run `npm run wire` in ui/.\n")
        return 1
    TARGET.write_text(text)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
