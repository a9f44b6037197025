"""What was deleted or replaced can be had back for seven days, and no longer; and it stands in nobody's way."""

from dataclasses import replace

import pytest

from cluster.errors import Conflict, NotFound
from cluster.ids import UserId
from cluster.services import Clients
from tests.village.test_workspace import objects_of, paths
from village.workspace.entries import BOUNDS, FileId
from village.workspace.errors import QuotaSpent
from village.workspace.history import History
from village.workspace.workspace import Workspace


@pytest.fixture
def workspace(clients: Clients, user: UserId) -> Workspace:
    """An empty workspace."""
    return Workspace(clients.db, clients.objects, user)


@pytest.fixture
def history(workspace: Workspace) -> History:
    """Its trash and versions."""
    return History(workspace.place)


async def let_time_pass(clients: Clients, user: UserId, time: str) -> None:
    """Make everything older: what was deleted, replaced, and left over."""
    async with clients.db.as_user(user) as conn:
        for statement in (
            "update workspace_entries set deleted_at = deleted_at - $1::text::interval",
            "update workspace_versions set replaced_at = replaced_at - $1::text::interval",
            "update workspace_leftovers set due = due - $1::text::interval",
        ):
            await conn.execute(statement, time)  # pyright: ignore[reportArgumentType]


async def contents(workspace: Workspace, history: History, id: FileId) -> list[bytes]:
    """What a file holds and held, the newest first."""
    now = await workspace.content(await workspace.one(id))
    return [now, *[await history.content(version) for version in await history.versions(id)]]


async def test_a_deleted_folder_comes_back_with_all_in_it(workspace: Workspace, history: History):
    await workspace.write({"a/b/one": b"1", "a/two": b"22", "three": b"3"})
    before = await workspace.list(recursive=True)
    one, folder = await workspace.at("a/b/one"), await workspace.at("a")

    await workspace.delete("a", recursive=True)

    assert paths(await workspace.list(recursive=True)) == ["three"]
    with pytest.raises(NotFound):
        await workspace.one(one.id)
    (gone,) = await history.trash(skip=0, limit=10)
    assert (gone.entry.id, gone.entry.path, gone.bytes, gone.entries) == (folder.id, "a", 3, 4)
    assert (await history.undelete(folder.id)).path == "a"
    assert await workspace.list(recursive=True) == before
    assert (await workspace.one(one.id)).path == "a/b/one"
    assert await history.trash(skip=0, limit=10) == []


async def test_what_was_deleted_one_by_one_comes_back_one_by_one(workspace: Workspace, history: History):
    await workspace.write({"a/one": b"1", "a/two": b"2"})
    one, folder = await workspace.at("a/one"), await workspace.at("a")
    await workspace.delete("a/one")
    await workspace.delete("a", recursive=True)

    assert [gone.entry.path for gone in await history.trash(skip=0, limit=10)] == ["a", "a/one"]
    await history.undelete(one.id)
    assert paths(await workspace.list(recursive=True)) == ["a/", "a/one"]
    with pytest.raises(Conflict):
        await history.undelete(folder.id)
    assert (await history.undelete(folder.id, "b")).path == "b"
    assert paths(await workspace.list(recursive=True)) == ["a/", "a/one", "b/", "b/two"]


async def test_a_deletion_is_undone_once(workspace: Workspace, history: History):
    await workspace.write({"a/b": b"1"})
    folder, file = await workspace.at("a"), await workspace.at("a/b")
    await workspace.delete("a", recursive=True)
    with pytest.raises(NotFound):
        await history.undelete(file.id)
    await history.undelete(folder.id)
    with pytest.raises(NotFound):
        await history.undelete(folder.id)


async def test_versions_come_back_and_go_again(workspace: Workspace, history: History):
    for data in (b"one", b"two", b"two", b"three"):
        await workspace.write({"a": data})
    id = (await workspace.at("a")).id
    assert await contents(workspace, history, id) == [b"three", b"two", b"one"]

    oldest = (await history.versions(id))[-1]
    restored = await history.restore(id, oldest.id)

    assert restored.size == 3
    assert await contents(workspace, history, id) == [b"one", b"three", b"two"]
    with pytest.raises(NotFound):
        await history.restore(id, oldest.id)
    await workspace.move("a", "b/c")
    await workspace.delete("b", recursive=True)
    with pytest.raises(NotFound):
        await history.versions(id)
    await history.undelete((await history.trash(skip=0, limit=1))[0].entry.id)
    assert await contents(workspace, history, id) == [b"one", b"three", b"two"]


async def test_nothing_comes_back_where_there_is_no_room(workspace: Workspace, history: History):
    await workspace.write({"a": b"12345"})
    id = (await workspace.at("a")).id
    await workspace.write({"a": b"1"})
    await workspace.write({"b": b"12345"})
    deleted = (await workspace.at("b")).id
    await workspace.delete("b")
    narrow = History(replace(workspace.place, bounds=replace(BOUNDS, bytes=4)))
    with pytest.raises(QuotaSpent):
        await narrow.undelete(deleted)
    with pytest.raises(QuotaSpent):
        await narrow.restore(id, (await history.versions(id))[0].id)
    assert await contents(workspace, history, id) == [b"1", b"12345"]


async def test_after_seven_days_it_is_gone_and_so_are_the_bytes(
    workspace: Workspace, history: History, clients: Clients, user: UserId
):
    await workspace.write({"a": b"old", "b": b"deleted"})
    await workspace.write({"a": b"new"})
    kept, gone = await workspace.at("a"), await workspace.at("b")
    await workspace.delete("b")

    await let_time_pass(clients, user, "6 days 23 hours")
    await workspace.make_folder("a change")
    assert len(await history.versions(kept.id)) == len(await history.trash(skip=0, limit=10)) == 1
    assert len(objects_of(clients, user)) == 3

    await let_time_pass(clients, user, "2 hours")
    assert await history.versions(kept.id) == await history.trash(skip=0, limit=10) == []
    with pytest.raises(NotFound):
        await history.undelete(gone.id)
    await workspace.make_folder("a change that drops")
    await let_time_pass(clients, user, "1 hour")
    await workspace.make_folder("a change that sweeps")
    assert len(objects_of(clients, user)) == 1
    assert (await workspace.usage()).kept_bytes == 0
    assert await workspace.read("a") == b"new"


async def test_history_never_stands_in_the_way_of_a_write(clients: Clients, user: UserId):
    bounds = replace(BOUNDS, bytes=10, kept_bytes=25, kept_entries=4)
    workspace = Workspace(clients.db, clients.objects, user, bounds)
    history = History(workspace.place)
    for number in range(8):
        await workspace.write({"a": b"%d" % number * 10})
        assert (await workspace.usage()).kept_bytes <= 25
    id = (await workspace.at("a")).id
    assert await contents(workspace, history, id) == [b"7" * 10, b"6" * 10, b"5" * 10]
    await workspace.delete("a")
    assert [gone.bytes for gone in await history.trash(skip=0, limit=10)] == [10]
    for number in range(6):
        await workspace.write({f"small{number}": b""})
        await workspace.delete(f"small{number}")
    assert len(await history.trash(skip=0, limit=10)) == 4


async def test_the_trash_is_emptied_for_good(workspace: Workspace, history: History, clients: Clients, user: UserId):
    await workspace.write({"a": b"1", "b/c": b"2", "d": b"3"})
    await workspace.write({"b/c": b"changed"})
    first, second = await workspace.at("a"), await workspace.at("b")
    await workspace.delete("a")
    await workspace.delete("b", recursive=True)

    await history.forget(first.id)
    with pytest.raises(NotFound):
        await history.forget(first.id)
    assert [gone.entry.id for gone in await history.trash(skip=0, limit=10)] == [second.id]
    await history.empty()
    assert await history.trash(skip=0, limit=10) == []
    await let_time_pass(clients, user, "1 hour")
    await workspace.make_folder("sweeps")
    assert len(objects_of(clients, user)) == 1


async def test_nobody_else_has_anything_back(
    workspace: Workspace, history: History, clients: Clients, stranger: UserId
):
    await workspace.write({"a": b"1", "b": b"1"})
    await workspace.write({"a": b"2"})
    file, deleted = await workspace.at("a"), await workspace.at("b")
    version = (await history.versions(file.id))[0]
    await workspace.delete("b")
    theirs = History(Workspace(clients.db, clients.objects, stranger).place)

    assert await theirs.trash(skip=0, limit=10) == []
    for attempt in (
        theirs.undelete(deleted.id),
        theirs.forget(deleted.id),
        theirs.versions(file.id),
        theirs.version(file.id, version.id),
        theirs.restore(file.id, version.id),
        theirs.content(version),
    ):
        with pytest.raises(NotFound):
            await attempt
    await theirs.empty()
    assert len(await history.trash(skip=0, limit=10)) == 1
