"""The rules of the house that a machine can check: sizes, names, docstrings, READMEs, locks."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FLOORS = ("actors", "cluster", "sandbox", "serve", "village")
VAGUE = {"utils", "helpers", "common", "base", "manager", "service", "handler"}
MOST_LINES = {".py": 400, ".vue": 250, ".ts": 400}
GENERATED = {"ui/src/wire.ts"}
PUBLISHED = {"serve/sdk/apexaurum/__init__.py"}
"""The front of a package that others install."""


def files(*patterns: str) -> list[Path]:
    """The files that belong to the repository: tracked, or new and not ignored."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    return [ROOT / name for name in sorted(set(listed)) if (ROOT / name).is_file()]


def modules() -> list[Path]:
    return [path for path in files("*.py") if path.relative_to(ROOT).parts[0] in FLOORS]


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", files("*.py", "*.vue", "*.ts"), ids=name)
def test_a_file_fits_its_room(path: Path):
    if name(path) in GENERATED:
        return
    lines = path.read_text().count("\n")
    assert lines <= MOST_LINES[path.suffix], f"{name(path)} has {lines} lines: split it"


def test_modules_say_why_they_exist():
    silent = [name(path) for path in modules() if not ast.get_docstring(ast.parse(path.read_text()))]
    assert silent == []


def test_modules_have_telling_names():
    vague = [name(path) for path in files("*.py", "*.ts", "*.vue") if path.stem.lower() in VAGUE]
    assert vague == []


def test_packages_hold_no_facades():
    def only_a_docstring(path: Path) -> bool:
        body = ast.parse(path.read_text()).body
        return len(body) == 1 and isinstance(body[0], ast.Expr)

    facades = [name(path) for path in files("*__init__.py") if not only_a_docstring(path)]
    assert set(facades) == PUBLISHED


def test_every_folder_of_code_has_a_short_readme():
    folders = {path.parent for path in files("*.py", "*.vue") if path.relative_to(ROOT).parts[0] in (*FLOORS, "tests")}
    missing = sorted(name(folder) for folder in folders if not has_readme(folder))
    assert missing == []


def has_readme(folder: Path) -> bool:
    """A folder speaks for itself, or its parent's README names it (`folder/`)."""
    if (folder / "README.md").is_file():
        return True
    parent = folder.parent / "README.md"
    return parent.is_file() and f"{folder.name}/" in parent.read_text()


def test_readmes_of_folders_stay_short():
    long = {name(path): n for path in files("*/README.md") if (n := path.read_text().count("\n")) > 60}
    assert long == {}


@pytest.mark.parametrize("lock", files("requirements*.lock"), ids=name)
def test_python_locks_carry_hashes_and_no_addresses(lock: Path):
    text = lock.read_text()
    assert "://" not in text
    blocks = [block for block in re.split(r"\n(?=\S)", text) if "==" in block]
    assert blocks
    assert [block for block in blocks if "--hash=sha256:" not in block] == []


def test_the_front_end_lock_carries_hashes_and_no_addresses():
    text = (ROOT / "ui/package-lock.json").read_text()
    assert '"resolved"' not in text
    assert '"integrity"' in text


def test_nothing_is_mocked_or_slept_through():
    here = Path(__file__)
    text = {name(path): path.read_text() for path in files("tests/*.py") if path != here}
    assert [path for path, body in text.items() if "mock.patch" in body or "unittest.mock" in body] == []
    assert [path for path, body in text.items() if re.search(r"\btime\.sleep\(", body)] == []
