"""Our own programs in a jail: what they answer, refuse and leave, and what is said when one does not get that far."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from cluster.errors import Invalid, NotFound
from sandbox import jailed
from sandbox.errors import ToolFailed
from sandbox.files import plain
from sandbox.jail import libraries
from sandbox.jail.limits import MIB, Limits
from sandbox.jail.runtime import find_runtime
from sandbox.tool import ToolContext
from tests.sandbox.memory_files import MemoryFiles

PROGRAM = """
from sandbox.programs.refusal import Refused

def double(text, path=None):
    if path:
        with open(path) as file:
            text += file.read()
        with open("doubled.txt", "w") as file:
            file.write(text * 2)
    return {"text": text * 2}

def refuse():
    raise Refused("that cannot be doubled")

def fail():
    raise KeyError("no such thing")

def eat():
    return bytearray(1 << 40)

def forge():
    print('{"value": 1}')
    raise SystemExit(0)

def hoard():
    with open("large.bin", "wb") as file:
        file.truncate(40 << 20)

def spin():
    while True:
        pass
"""


@pytest.fixture(autouse=True)
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another program among ours."""
    programs = tmp_path / "programs"
    programs.mkdir(mode=0o755)
    for each in libraries.PROGRAMS.glob("*.py"):
        (programs / each.name).write_bytes(each.read_bytes())
    (programs / "doubling.py").write_text(PROGRAM)
    monkeypatch.setattr(libraries, "PROGRAMS", programs)
    find_runtime.cache_clear()


async def test_it_answers_and_leaves_files(context: ToolContext, files: MemoryFiles):
    await files.write({"in/a.txt": b"bc"})
    answered = await jailed.call(context, "doubling.double", {"text": "a", "path": "in/a.txt"}, reads=["./in//a.txt"])
    assert answered.value == {"text": "abcabc"}
    assert files.contents["doubled.txt"] == b"abcabc"
    assert [file.path for file in answered.files] == ["doubled.txt"]


async def test_arguments_arrive_as_they_are(context: ToolContext):
    text = "\"'\\\n{}\u2028😀"
    assert (await jailed.call(context, "doubling.double", {"text": text})).value == {"text": text * 2}


async def test_what_it_refuses_is_said_in_its_words(context: ToolContext):
    with pytest.raises(ToolFailed, match=r"^that cannot be doubled$"):
        await jailed.call(context, "doubling.refuse", {})


async def test_its_failure_is_its_last_line(context: ToolContext):
    with pytest.raises(ToolFailed, match=r"^KeyError: 'no such thing'$"):
        await jailed.call(context, "doubling.fail", {})


async def test_what_is_printed_is_no_answer(context: ToolContext):
    with pytest.raises(ToolFailed, match="without an answer"):
        await jailed.call(context, "doubling.forge", {})


async def test_limits_are_told(context: ToolContext):
    limits = replace(Limits(), wall_seconds=0.5, memory_bytes=256 * MIB)
    with pytest.raises(ToolFailed, match=re.escape("It was ended: it took longer than 0.5 seconds.")):
        await jailed.call(context, "doubling.spin", {}, limits=limits)
    with pytest.raises(ToolFailed, match="MemoryError"):
        await jailed.call(context, "doubling.eat", {}, limits=limits)


async def test_a_file_that_is_not_there_is_named(context: ToolContext):
    with pytest.raises(NotFound, match=r"there is no file 'nowhere.txt'"):
        await jailed.call(context, "doubling.double", {"text": ""}, reads=["nowhere.txt"])


@pytest.mark.parametrize(("path", "made"), [("./a//b/", "a/b"), ("/a", "a"), ("", ""), (".", ""), ("/", "")])
def test_a_path_has_one_form(path: str, made: str):
    assert plain(path) == made


@pytest.mark.parametrize("path", ["../a", "a/../../b", "a\\b", "a\nb", "a" * 121, "/".join("a" * 17), "a\x00"])
def test_a_path_stays_in_the_workspace(path: str):
    with pytest.raises(Invalid):
        plain(path)


async def test_what_is_too_large_to_keep_is_not_lost_silently(context: ToolContext, files: MemoryFiles):
    with pytest.raises(ToolFailed, match="too large"):
        await jailed.call(context, "doubling.hoard", {})
    assert files.contents == {}
