"""Objects are the same in a folder and on a real S3 server, and a name never leaves its user's prefix."""

from uuid import uuid4

import pytest

from cluster.clients.objects import Objects
from cluster.errors import NotFound
from cluster.ids import UserId


async def test_bytes_come_back_as_they_were(objects: Objects):
    user = UserId(uuid4())
    await objects.put(user, "attachments/one", bytes(range(256)))
    assert await objects.get(user, "attachments/one") == bytes(range(256))


async def test_a_name_that_was_deleted_is_not_found(objects: Objects):
    user = UserId(uuid4())
    await objects.put(user, "one", b"1")
    await objects.delete(user, "one")
    await objects.delete(user, "one")
    with pytest.raises(NotFound):
        await objects.get(user, "one")


async def test_another_user_finds_nothing_under_the_same_name(objects: Objects):
    await objects.put(UserId(uuid4()), "one", b"1")
    with pytest.raises(NotFound):
        await objects.get(UserId(uuid4()), "one")


@pytest.mark.parametrize("name", ["../other/one", "a//b", "", "a/./b", "/etc/passwd"])
async def test_a_name_never_leaves_its_prefix(objects: Objects, name: str):
    with pytest.raises(NotFound):
        await objects.get(UserId(uuid4()), name)
