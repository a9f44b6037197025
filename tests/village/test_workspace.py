"""A person's files: written, moved, listed, refused; theirs alone, and never more than there is room for."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from cluster.clients.objects import Objects
from cluster.errors import Conflict, Invalid, NotFound, TooLarge, Unavailable
from cluster.ids import UserId
from cluster.services import Clients
from sandbox.files import FileFacts
from village.workspace.entries import BOUNDS
from village.workspace.errors import Changed, QuotaSpent
from village.workspace.workspace import Workspace


@pytest.fixture
def workspace(clients: Clients, user: UserId) -> Workspace:
    """An empty workspace."""
    return Workspace(clients.db, clients.objects, user)


def small(workspace: Workspace, **bounds: int) -> Workspace:
    """The same workspace with less room."""
    place = workspace.place
    return Workspace(place.db, place.objects, place.user, replace(BOUNDS, **bounds))


def paths(found: Sequence[FileFacts]) -> list[str]:
    return [f"{facts.path}/" if facts.is_folder else facts.path for facts in found]


def objects_of(clients: Clients, user: UserId) -> list[Path]:
    """The objects that lie in the person's folder of object storage."""
    assert clients.settings.objects_url is not None
    folder = Path(clients.settings.objects_url.removeprefix("file://")) / "users" / str(user)
    return [path for path in folder.rglob("*") if path.is_file()]


async def test_what_is_written_is_read_with_the_folders_on_the_way(workspace: Workspace):
    written = await workspace.write({"./a//b/one.txt": b"1", "/two.bin": bytes(range(256)), "empty": b""})

    assert [(facts.path, facts.size) for facts in written] == [("a/b/one.txt", 1), ("two.bin", 256), ("empty", 0)]
    assert await workspace.read("a/b/one.txt") == b"1"
    assert await workspace.read("two.bin") == bytes(range(256))
    assert await workspace.read("empty") == b""
    assert paths(await workspace.list()) == ["a/", "empty", "two.bin"]
    assert paths(await workspace.list("a", recursive=True)) == ["a/b/", "a/b/one.txt"]
    assert paths(await workspace.list("a")) == ["a/b/"]
    facts = await workspace.facts("a/b")
    assert facts is not None
    assert facts.is_folder
    assert await workspace.facts("a/c") is None
    root = await workspace.facts(".")
    assert root is not None
    assert root.is_folder


async def test_an_empty_workspace_has_nothing(workspace: Workspace):
    assert await workspace.list() == []
    assert await workspace.facts("a") is None
    assert (await workspace.usage()).entries == 0
    for missing in (workspace.read("a"), workspace.list("a"), workspace.delete("a"), workspace.move("a", "b")):
        with pytest.raises(NotFound):
            await missing


async def test_names_differ_by_case_and_a_neighbour_is_not_below(workspace: Workspace):
    await workspace.write({"a/x": b"1", "A/x": b"2", "a.b": b"3", "a0": b"4", "a-/y": b"5", "a%_/z": b"6"})
    assert paths(await workspace.list("a", recursive=True)) == ["a/x"]
    await workspace.move("a", "moved")
    assert await workspace.read("A/x") == b"2"
    await workspace.delete("moved", recursive=True)
    assert paths(await workspace.list(recursive=True)) == ["A/", "A/x", "a%_/", "a%_/z", "a-/", "a-/y", "a.b", "a0"]


@pytest.mark.parametrize("path", ["..", "a/../../b", "a\\b", "a\0b", "a\nb", "\ud800", "x" * 121, "", "/", "./."])
async def test_what_is_no_path_is_refused_everywhere(workspace: Workspace, path: str):
    await workspace.write({"there": b"1"})
    for refused in (
        workspace.write({path: b"x"}),
        workspace.make_folder(path),
        workspace.move("there", path),
        workspace.move(path, "elsewhere"),
        workspace.delete(path),
        workspace.read(path),
    ):
        with pytest.raises(Invalid):
            await refused
    assert paths(await workspace.list(recursive=True)) == ["there"]


async def test_a_name_is_a_file_or_a_folder(workspace: Workspace):
    await workspace.write({"file": b"1", "folder/in": b"2"})
    for refused in (
        workspace.write({"folder": b"x"}),
        workspace.write({"file/below": b"x"}),
        workspace.write({"new": b"x", "new/below": b"y"}),
        workspace.make_folder("file"),
        workspace.make_folder("file/below"),
        workspace.move("file", "folder"),
        workspace.move("folder", "file"),
        workspace.move("folder", "folder/below"),
        workspace.delete("folder"),
    ):
        with pytest.raises(Conflict):
            await refused
    with pytest.raises(Invalid, match="same path"):
        await workspace.write({"x": b"1", "./x": b"2"})
    assert (await workspace.make_folder("folder")).is_folder
    assert paths(await workspace.list(recursive=True)) == ["file", "folder/", "folder/in"]


async def test_a_folder_moves_with_all_in_it_and_keeps_its_ids(workspace: Workspace):
    await workspace.write({"a/b/one": b"1", "a/two": b"2"})
    before = await workspace.at("a/b/one")

    await workspace.move("a", "x/y")

    assert paths(await workspace.list(recursive=True)) == ["x/", "x/y/", "x/y/b/", "x/y/b/one", "x/y/two"]
    assert (await workspace.at("x/y/b/one")).id == before.id
    assert await workspace.read("x/y/b/one") == b"1"
    assert (await workspace.move("x/y", "x/y")).path == "x/y"


async def test_nothing_gets_a_path_that_is_too_long_by_a_move(workspace: Workspace):
    await workspace.write({"/".join("abcdefghijklmno"): b"deep"})
    with pytest.raises(Invalid, match="too long"):
        await workspace.move("a", "1/2/3")
    assert await workspace.read("/".join("abcdefghijklmno")) == b"deep"


async def test_a_batch_is_written_whole_or_not_at_all(workspace: Workspace, clients: Clients, user: UserId):
    await workspace.write({"taken/in": b"1"})
    with pytest.raises(Conflict):
        await workspace.write({"a": b"1", "b": b"2", "taken": b"3"})
    with pytest.raises(QuotaSpent):
        await small(workspace, bytes=10).write({"a": b"12345", "b": b"67890"})
    with pytest.raises(TooLarge):
        await small(workspace, file_bytes=2).write({"a": b"1", "b": b"123"})
    assert paths(await workspace.list(recursive=True)) == ["taken/", "taken/in"]
    assert len(objects_of(clients, user)) == 1, "what no file holds is gone at once"


async def test_entries_are_bounded(workspace: Workspace):
    narrow = small(workspace, entries=3)
    await narrow.write({"a/b/c": b"1"})
    for more in (narrow.write({"d": b"1"}), narrow.make_folder("d")):
        with pytest.raises(QuotaSpent, match="3 files and folders"):
            await more
    await narrow.write({"a/b/c": b"22"})
    await narrow.delete("a", recursive=True)
    await narrow.write({"d": b"1"})


async def test_who_has_too_much_can_still_have_less(workspace: Workspace):
    await workspace.write({"a": b"12345", "b": b"12345"})
    narrow = small(workspace, bytes=4, entries=1)
    await narrow.write({"a": b"1"})
    await narrow.move("a", "c")
    await narrow.delete("b")
    assert paths(await narrow.list()) == ["c"]


async def test_writers_at_once_never_exceed_the_quota_and_lose_nothing(workspace: Workspace):
    narrow = small(workspace, bytes=1000, kept_bytes=0)

    async def write(number: int) -> bool:
        try:
            await narrow.write({f"shared/{number % 7}": bytes([number]) * (60 + number), f"own/{number}": b"x" * 40})
        except QuotaSpent:
            return False
        assert (await narrow.usage()).bytes <= 1000
        return True

    written = await asyncio.gather(*(write(number) for number in range(24)))

    assert True in written
    assert False in written
    usage = await narrow.usage()
    found = [facts for facts in await narrow.list(recursive=True) if not facts.is_folder]
    assert usage.bytes == sum(facts.size for facts in found) <= 1000
    assert {facts.path for facts in found if facts.path.startswith("own/")} == {
        f"own/{number}" for number, done in enumerate(written) if done
    }
    for facts in found:
        data = await narrow.read(facts.path)
        assert len(data) == facts.size
        assert facts.path.startswith("own/") or len(set(data)) == 1


async def test_edits_at_once_all_count(workspace: Workspace):
    await workspace.write({"log": b""})

    async def append(letter: str) -> None:
        while True:
            try:
                await workspace.edit("log", lambda before: (before or b"") + letter.encode())
            except Changed:
                continue
            return

    await asyncio.gather(*(append(letter) for letter in "abcdefghij"))
    assert sorted((await workspace.read("log")).decode()) == list("abcdefghij")


async def test_what_is_expected_must_be_there(workspace: Workspace):
    first = (await workspace.put({"a": b"1"}, expected={"a": None}))[0]
    for expected in (None, b"0" * 32):
        with pytest.raises(Changed):
            await workspace.put({"a": b"2"}, expected={"a": expected})
    await workspace.put({"a": b"2"}, expected={"a": first.sha256})
    with pytest.raises(Conflict, match="already"):
        await workspace.put({"a": b"3"}, replace=False)
    assert await workspace.read("a") == b"2"


async def test_nobody_else_sees_or_touches_anything(workspace: Workspace, clients: Clients, stranger: UserId):
    await workspace.write({"secret/plan": b"mine"})
    entry = await workspace.at("secret/plan")
    theirs = Workspace(clients.db, clients.objects, stranger)

    assert await theirs.list(recursive=True) == []
    for attempt in (
        theirs.read("secret/plan"),
        theirs.one(entry.id),
        theirs.move_one(entry.id, "stolen"),
        theirs.delete_one(entry.id, recursive=True),
        theirs.content(entry),
    ):
        with pytest.raises(NotFound):
            await attempt
    await theirs.write({"secret/plan": b"theirs"})
    assert await workspace.read("secret/plan") == b"mine"
    assert (await theirs.usage()).bytes == 6


class Lossy(Objects):
    """Object storage that stops in the middle of a batch."""

    async def put(self, user: UserId, name: str, data: bytes) -> None:
        """Store, unless the bytes say that the storage is to fail or the process is to die."""
        if data == b"fail":
            raise OSError("the disk is full")
        await super().put(user, name, data)
        if data == b"die":
            raise asyncio.CancelledError


async def test_what_stops_between_bytes_and_rows_leaves_nothing_to_see(
    workspace: Workspace, clients: Clients, user: UserId
):
    await workspace.write({"a": b"before"})
    lossy = Workspace(clients.db, Lossy(clients.settings), user)

    with pytest.raises(asyncio.CancelledError):
        await lossy.write({"a": b"after", "b": b"die"})

    assert await workspace.read("a") == b"before"
    assert paths(await workspace.list()) == ["a"]
    assert len(objects_of(clients, user)) == 3, "both were stored"
    async with clients.db.as_user(user) as conn:
        await conn.execute("update workspace_leftovers set due = now()")
    await workspace.make_folder("a later change")
    assert len(objects_of(clients, user)) == 1
    assert await workspace.read("a") == b"before"


async def test_a_failing_storage_changes_nothing(workspace: Workspace, clients: Clients, user: UserId):
    lossy = Workspace(clients.db, Lossy(clients.settings), user)
    with pytest.raises(OSError, match="disk is full"):
        await lossy.write({"a": b"1", "b": b"fail"})
    assert await workspace.list() == []
    assert objects_of(clients, user) == []


@pytest.mark.parametrize("halts", [False, True], ids=["a whole sweep", "a sweep that ends halfway"])
async def test_a_writer_that_was_given_up_cannot_show_what_is_gone(
    workspace: Workspace, clients: Clients, user: UserId, halts: bool
):
    class Sweeping(Objects):
        async def delete(self, user: UserId, name: str) -> None:
            await super().delete(user, name)
            if halts:
                raise OSError("the process is about to end")

    class Slow(Objects):
        async def put(self, user: UserId, name: str, data: bytes) -> None:
            await super().put(user, name, data)
            async with clients.db.as_user(user) as conn:
                await conn.execute("update workspace_leftovers set due = now()")
            await Workspace(clients.db, Sweeping(clients.settings), user).make_folder("somebody else's change")

    with pytest.raises(Unavailable, match="too long"):
        await Workspace(clients.db, Slow(clients.settings), user).write({"a": b"1"})
    assert await workspace.facts("a") is None
    assert objects_of(clients, user) == []
