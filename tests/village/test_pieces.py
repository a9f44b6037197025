"""A file that comes in pieces, and what is past its time: the same over a folder and over a real S3 server."""

import hashlib
import os
from collections.abc import Sequence
from dataclasses import replace

import pytest

from cluster.clients.objects import Objects
from cluster.errors import Busy, Conflict, Invalid, NotFound, TooLarge
from cluster.ids import UserId
from cluster.services import Clients
from tests.village.test_workspace_history import let_time_pass
from village.workspace.entries import BOUNDS, Bounds
from village.workspace.errors import QuotaSpent, WrongChecksum, WrongOffset
from village.workspace.history import History
from village.workspace.pieces import Pieces
from village.workspace.sweeping import sweep_all
from village.workspace.workspace import Workspace

DATA = os.urandom(5000)


@pytest.fixture
def workspace(clients: Clients, objects: Objects, user: UserId) -> Workspace:
    """An empty workspace."""
    return Workspace(clients.db, objects, user)


@pytest.fixture
def pieces(workspace: Workspace) -> Pieces:
    """Its uploads."""
    return Pieces(workspace)


def narrow(workspace: Workspace, **bounds: int) -> Workspace:
    place = workspace.place
    return Workspace(place.db, place.objects, place.user, replace(BOUNDS, **bounds))


async def lie(objects: Objects, user: UserId, names: Sequence[str]) -> list[bool]:
    """Whether these objects are in the storage."""
    found: list[bool] = []
    for name in names:
        try:
            await objects.get(user, name)
            found.append(True)
        except NotFound:
            found.append(False)
    return found


async def test_pieces_become_the_file_and_are_gone(
    workspace: Workspace, pieces: Pieces, clients: Clients, objects: Objects, user: UserId
):
    upload = await pieces.begin("a/large", len(DATA), sha256=hashlib.sha256(DATA).digest())
    for start in range(0, len(DATA), 2000):
        piece = DATA[start : start + 2000]
        upload = await pieces.receive(upload.id, start, piece, sha256=hashlib.sha256(piece).digest())
        assert upload.received == start + len(piece)

    entry = await pieces.complete(upload.id)

    assert (entry.path, await workspace.content(entry)) == ("a/large", DATA)
    assert await workspace.content(entry, 1990, 2010) == DATA[1990:2010]
    with pytest.raises(NotFound):
        await pieces.one(upload.id)
    await sweep_all(clients.db, objects)
    assert await lie(objects, user, upload.pieces) == [False] * 3


async def test_after_a_lost_connection_it_goes_on_where_it_was(workspace: Workspace, pieces: Pieces):
    upload = await pieces.begin("f", len(DATA))
    await pieces.receive(upload.id, 0, DATA[:3000])
    for offset in (0, 2999, 3001):
        with pytest.raises(WrongOffset):
            await pieces.receive(upload.id, offset, b"x")
    with pytest.raises(Conflict, match="3000 of 5000"):
        await pieces.complete(upload.id)

    again = await Pieces(workspace).one(upload.id)
    await pieces.receive(upload.id, again.received, DATA[again.received :])
    assert await workspace.content(await pieces.complete(upload.id)) == DATA


async def test_what_is_not_what_was_sent_is_refused(workspace: Workspace, pieces: Pieces):
    upload = await pieces.begin("f", 4, sha256=hashlib.sha256(b"abcd").digest())
    with pytest.raises(WrongChecksum):
        await pieces.receive(upload.id, 0, b"ab", sha256=hashlib.sha256(b"xx").digest())
    with pytest.raises(Invalid):
        await pieces.receive(upload.id, 0, b"")
    with pytest.raises(TooLarge):
        await pieces.receive(upload.id, 0, b"abcde")
    await pieces.receive(upload.id, 0, b"abce")
    with pytest.raises(WrongChecksum):
        await pieces.complete(upload.id)
    assert await workspace.find("f") is None


async def test_room_is_kept_from_the_beginning(workspace: Workspace):
    small = narrow(workspace, bytes=100, uploads=2)
    pieces = Pieces(small)
    upload = await pieces.begin("f", 60)
    with pytest.raises(QuotaSpent):
        await pieces.begin("g", 60)
    with pytest.raises(QuotaSpent):
        await small.write({"h": b"x" * 60})
    await pieces.begin("i", 1)
    with pytest.raises(Busy):
        await pieces.begin("j", 1)
    await pieces.receive(upload.id, 0, b"x" * 60)
    await pieces.complete(upload.id)
    assert (await small.usage()).bytes == 60


async def test_what_cannot_be_is_refused_at_the_beginning(workspace: Workspace, pieces: Pieces):
    await workspace.write({"there": b"1", "folder/f": b"1"})
    for path, may_replace in (("there", False), ("folder", True)):
        with pytest.raises(Conflict):
            await pieces.begin(path, 1, replace=may_replace)
    with pytest.raises(TooLarge):
        await pieces.begin("f", Bounds().file_bytes + 1)
    with pytest.raises(Invalid):
        await pieces.begin("../f", 1)
    upload = await pieces.begin("there", 0, replace=True)
    assert await workspace.content(await pieces.complete(upload.id)) == b""
    given_up = await pieces.begin("f", 1)
    await pieces.drop(given_up.id)
    with pytest.raises(NotFound):
        await pieces.receive(given_up.id, 0, b"1")


async def test_what_is_past_its_time_goes_though_nobody_comes_back(
    workspace: Workspace, pieces: Pieces, clients: Clients, objects: Objects, user: UserId
):
    await workspace.write({"a": b"old", "b": b"deleted"})
    old, deleted = await workspace.at("a"), await workspace.at("b")
    await workspace.write({"a": b"new"})
    await workspace.delete("b")
    upload = await pieces.begin("c", 2)
    upload = await pieces.receive(upload.id, 0, b"1")
    names = [str(old.object_name), str(deleted.object_name), *upload.pieces]

    await let_time_pass(clients, user, "6 days 23 hours")
    await sweep_all(clients.db, objects)
    assert await lie(objects, user, names) == [True, True, True]

    await let_time_pass(clients, user, "2 hours")
    async with clients.db.as_user(user) as conn:
        await conn.execute("update workspace_uploads set expires_at = now()")
    assert await sweep_all(clients.db, objects) == 1
    await let_time_pass(clients, user, "1 hour")
    await sweep_all(clients.db, objects)

    assert await lie(objects, user, names) == [False, False, False]
    assert await workspace.read("a") == b"new"
    assert (await workspace.usage()).kept_bytes == 0
    assert await sweep_all(clients.db, objects) == 0
    assert await History(workspace.place).trash(skip=0, limit=10) == []


@pytest.mark.parametrize("what", ["deleted", "replaced", "left over", "begun"])
async def test_each_kind_alone_brings_the_sweep(
    workspace: Workspace, pieces: Pieces, clients: Clients, objects: Objects, user: UserId, what: str
):
    await workspace.write({"a": b"1"})
    match what:
        case "deleted":
            await workspace.delete("a")
        case "replaced":
            await workspace.write({"a": b"2"})
        case "left over":
            await workspace.place.store({"workspace/nobodys": b"1"})
        case _:
            await pieces.begin("b", 1)
    assert await sweep_all(clients.db, objects) == 0
    await let_time_pass(clients, user, "8 days")
    async with clients.db.as_user(user) as conn:
        await conn.execute("update workspace_uploads set expires_at = now()")
    assert await sweep_all(clients.db, objects) == 1
    await let_time_pass(clients, user, "1 hour")
    await sweep_all(clients.db, objects)
    assert await sweep_all(clients.db, objects) == 0
