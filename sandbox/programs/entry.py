"""The first of our own programs that starts in a jail: it calls the one that was asked for."""

import importlib
import json
from typing import Any

from sandbox.programs.refusal import Refused


def answer(program: str, function: str, arguments: str) -> dict[str, Any]:
    """Call the function of that program with arguments in JSON; answers its value, or why it refused."""
    called = getattr(importlib.import_module(f"sandbox.programs.{program}"), function)
    try:
        return {"value": called(**json.loads(arguments))}
    except Refused as refused:
        return {"refused": str(refused)}
