"""Makes `apexaurum/synchronous` from `apexaurum/asynchronous`, so that every rule is written once.

Run it after a change there; a test says so when it was forgotten. `concurrency.py` is written by hand on both sides.
"""

import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
SOURCE = HERE / "apexaurum" / "asynchronous"
TARGET = HERE / "apexaurum" / "synchronous"
BY_HAND = {"__init__.py", "concurrency.py"}
WORDS = (
    (r"\basync (?=def|with|for)", ""),
    (r"\bawait ", ""),
    (r"\bAsync(?=[A-Z])", ""),
    (r"\basynccontextmanager\b", "contextmanager"),
    (r"\b__a(enter|exit)__", r"__\1__"),
    (r"\ba(close|read|iter_bytes)\(", r"\1("),
    (r"apexaurum\.asynchronous", "apexaurum.synchronous"),
)


def synchronous(text: str) -> str:
    """The same module without an event loop."""
    for pattern, replacement in WORDS:
        text = re.sub(pattern, replacement, text)
    return formatted(text)


def formatted(text: str) -> str:
    """As `ruff format` writes it: lines have become shorter, names sort otherwise."""
    ruff = [sys.executable, "-m", "ruff"]
    name = ["--stdin-filename", str(TARGET / "made.py")]
    for command in (["check", "--quiet", "--select", "I", "--fix", *name, "-"], ["format", *name, "-"]):
        text = subprocess.run([*ruff, *command], input=text, capture_output=True, text=True, check=True).stdout
    return text


def modules() -> dict[Path, str]:
    """What each module of the target should be."""
    found = sorted(path for path in SOURCE.glob("*.py") if path.name not in BY_HAND)
    return {TARGET / path.name: synchronous(path.read_text()) for path in found}


def main() -> None:
    """Write them all, and remove what has no source any more."""
    made = modules()
    for path in TARGET.glob("*.py"):
        if path not in made and path.name not in BY_HAND:
            path.unlink()
    for path, text in made.items():
        path.write_text(text)


if __name__ == "__main__":
    main()
