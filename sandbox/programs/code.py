"""Runs a stranger's program as a notebook would: its last expression is its result, open figures become pictures.

It runs in the jail, beside the program itself, so nothing that it answers is more than the program's own claim.
"""

import ast
import json
import linecache
import os
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator
from types import CodeType
from typing import Any

NAME = "main.py"
LONGEST_VALUE = 10_000
"""Characters of a result that go back."""
MOST_FIGURES = 20
PICTURES = (".png", ".jpg", ".jpeg", ".svg", ".pdf", ".webp", ".gif")


def follow(order: str, give_result: Callable[[object], None]) -> None:
    """Run the program that an order in JSON names, as `__main__`; it leaves as the program would.

    The order: `source`, `is_expression`, `variables` by name, `folder` to run in, `packages` that must be there.
    """
    asked = json.loads(order)
    main = sys.modules["__main__"].__dict__
    for name in [name for name in main if not name.startswith("__")]:
        del main[name]
    main.update(asked["variables"])
    _check(asked["packages"])
    os.makedirs(asked["folder"] or ".", exist_ok=True)
    os.chdir(asked["folder"] or ".")
    sys.path.append(os.getcwd())
    warnings.filterwarnings("ignore", message=".*non-interactive, and thus cannot be shown")
    pictures = set(_pictures())
    try:
        value = _run(asked["source"], asked["is_expression"], main)
        if value is not None:
            give_result(shown(value))
    except SystemExit:
        raise
    except BaseException as error:
        _show(error)
        raise SystemExit(130 if isinstance(error, KeyboardInterrupt) else 1) from None
    finally:
        _keep_figures(pictures)


def shown(value: object) -> dict[str, object]:
    """A value as JSON if it is that and short, else the beginning of how it is written."""
    kind = type(value)
    name = kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    item = getattr(value, "item", None)
    plain = item() if kind.__module__ == "numpy" and item and getattr(value, "shape", None) == () else value
    try:
        text = _beginning(plain)
        if len(text) <= LONGEST_VALUE:
            return {"value": json.loads(text), "type": name}
    except (TypeError, ValueError, RecursionError):
        text = _written(plain, name)
    cut = f"{text[:LONGEST_VALUE]}… [cut]" if len(text) > LONGEST_VALUE else text
    return {"value": cut, "type": name}


def _run(source: str, is_expression: bool, main: dict[str, Any]) -> object:
    lines = source.splitlines(keepends=True)
    linecache.cache[NAME] = (len(source), None, lines, NAME)
    if is_expression:
        return eval(compile(source.strip(), NAME, "eval"), main)
    body, last = _parts(source)
    exec(body, main)
    return eval(last, main) if last else None


def _parts(source: str) -> tuple[CodeType, CodeType | None]:
    """A program up to its last expression, and that expression; None if it ends with something else."""
    tree = ast.parse(source, NAME)
    end = tree.body[-1] if tree.body else None
    if not isinstance(end, ast.Expr):
        return compile(tree, NAME, "exec"), None
    tree.body.pop()
    return compile(tree, NAME, "exec"), compile(ast.Expression(end.value), NAME, "eval")


def _show(error: BaseException) -> None:
    """The traceback, from the program's own first line."""
    frames = error.__traceback__
    while frames and frames.tb_frame.f_code.co_filename != NAME:
        frames = frames.tb_next
    traceback.print_exception(type(error), error, frames)


def _beginning(value: object) -> str:
    """A value as JSON, or its beginning if it is long. Raises ValueError and TypeError if it isn't JSON."""
    if isinstance(value, str) and len(value) > LONGEST_VALUE:
        return value[: LONGEST_VALUE + 1]
    text = ""
    for part in json.JSONEncoder(allow_nan=False, ensure_ascii=False).iterencode(value):
        text += part
        if len(text) > LONGEST_VALUE:
            break
    return text


def _written(value: object, name: str) -> str:
    try:
        return repr(value)
    except Exception:
        return f"<{name} that cannot be written out>"


def _pictures() -> Iterator[tuple[str, int]]:
    """The pictures in the work folder, with the time at which each was written."""
    for folder, _, names in os.walk("."):
        for name in names:
            path = os.path.join(folder, name)
            if name.lower().endswith(PICTURES) and os.path.isfile(path):
                yield path, os.stat(path).st_mtime_ns


def _keep_figures(before: set[tuple[str, int]]) -> None:
    """Write the figures that were left open, unless the program wrote pictures itself."""
    pyplot: Any = sys.modules.get("matplotlib.pyplot")
    if pyplot is None or not pyplot.get_fignums() or set(_pictures()) - before:
        return
    for number in pyplot.get_fignums()[:MOST_FIGURES]:
        try:
            pyplot.figure(number).savefig(f"figure-{number}.png", bbox_inches="tight")
        except Exception as error:
            sys.stderr.write(f"figure {number} could not be saved: {error}\n")


def _check(packages: list[str]) -> None:
    """Leave with a word about packages that are not installed."""
    if not packages:
        return
    from importlib.metadata import distributions

    there = sorted({each.metadata["Name"].lower() for each in distributions()})
    missing = [name for name in packages if name.lower().replace("_", "-") not in there]
    if missing:
        raise SystemExit(
            f"not installed, and nothing can be installed: {', '.join(missing)}; there is {', '.join(there)}"
        )
