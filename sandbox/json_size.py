"""How much room a value takes that a tool is to keep."""

import orjson

from sandbox.errors import ToolFailed


def json_size(value: object) -> int:
    """Bytes of the value as JSON. Raises ToolFailed for one that cannot be kept as JSON without a change."""
    try:
        return len(orjson.dumps(value))
    except orjson.JSONEncodeError as error:
        raise ToolFailed(
            "This cannot be kept: whole numbers have at most 64 bits, and texts are valid Unicode."
        ) from error
