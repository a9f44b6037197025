"""A workspace is the same over a folder and over a real S3 server: large files, versions, the trash, and the sweep."""

import os

import pytest

from cluster.clients.objects import Objects
from cluster.errors import NotFound
from cluster.ids import UserId
from cluster.services import Clients
from village.workspace.entries import BOUNDS
from village.workspace.history import History
from village.workspace.workspace import Workspace


@pytest.fixture
def workspace(clients: Clients, objects: Objects, user: UserId) -> Workspace:
    """An empty workspace."""
    return Workspace(clients.db, objects, user)


async def test_what_is_written_comes_back_through_all_changes(workspace: Workspace):
    history = History(workspace.place)
    await workspace.write({"a/one": b"1", "a/two": b"2", "empty": b""})
    await workspace.write({"a/one": b"changed"})
    one, folder = await workspace.at("a/one"), await workspace.at("a")
    await workspace.move("a", "b")
    await workspace.delete("b", recursive=True)
    await history.undelete(folder.id, "c")

    assert await workspace.read("c/one") == b"changed"
    assert await workspace.read("empty") == b""
    (version,) = await history.versions(one.id)
    assert await history.content(version) == b"1"
    await history.restore(one.id, version.id)
    assert await workspace.read("c/one") == b"1"


async def test_the_largest_file_comes_back_as_it_was(workspace: Workspace):
    data = os.urandom(BOUNDS.file_bytes)
    await workspace.write({"large": data})
    assert await workspace.read("large") == data


async def test_what_nothing_holds_is_swept(workspace: Workspace, clients: Clients, user: UserId):
    await workspace.write({"a": b"1", "b": b"2"})
    gone, kept = await workspace.at("a"), await workspace.at("b")
    await workspace.delete("a")
    await History(workspace.place).empty()
    assert await workspace.content(gone) == b"1", "whoever is just reading it may finish"
    async with clients.db.as_user(user) as conn:
        await conn.execute("update workspace_leftovers set due = now()")

    await workspace.make_folder("a change")

    with pytest.raises(NotFound):
        await workspace.content(gone)
    assert await workspace.content(kept) == b"2"
    async with clients.db.as_user(user) as conn:
        assert await conn.fetchval("select count(*) from workspace_leftovers") == 0


async def test_a_sweep_that_fails_is_made_up_for(
    workspace: Workspace, clients: Clients, user: UserId, objects: Objects
):
    class Stuck(Objects):
        async def delete(self, user: UserId, name: str) -> None:
            raise OSError("the storage does not answer")

    await workspace.write({"a": b"1"})
    gone = await workspace.at("a")
    await workspace.delete("a")
    await History(workspace.place).empty()
    async with clients.db.as_user(user) as conn:
        await conn.execute("update workspace_leftovers set due = now()")
    await Workspace(clients.db, Stuck(clients.settings), user).make_folder("one change")
    assert await workspace.content(gone) == b"1"
    await workspace.make_folder("another")
    with pytest.raises(NotFound):
        await workspace.content(gone)
