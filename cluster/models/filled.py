"""JSON that keeps to a schema and means nothing: what the scripted model answers when a schema is asked for."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, cast


def filled(schema: Mapping[str, Any], seed: str) -> Any:
    """A value of the schema; of an `enum` the one that the seed stands for, so that askers differ and runs do not."""
    if "enum" in schema:
        choices = cast("Sequence[Any]", schema["enum"])
        place = int.from_bytes(sha256(seed.encode()).digest()[:4], "big") % len(choices)
        return choices[place]
    match schema.get("type"):
        case "object":
            fields = cast("Mapping[str, Mapping[str, Any]]", schema.get("properties", {}))
            return {name: filled(field, seed) for name, field in fields.items()}
        case "array":
            return []
        case "boolean":
            return True
        case "integer":
            return 1
        case "number":
            return 0.5
        case "null":
            return None
        case _:
            return "The script says so."
