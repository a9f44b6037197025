"""Keeps the files that go with messages."""

import hashlib

from actors.stores import attachments
from actors.stores.attachments import Attachment, NewAttachment
from cluster.errors import Conflict
from cluster.ids import AttachmentId, UserId
from cluster.services import Services
from serve.file_kinds import recognise


async def keep(services: Services, user: UserId, id: AttachmentId, *, name: str, data: bytes) -> Attachment:
    """Keep a file under an id; the same file again is what is there. Raises Conflict for another one, and Invalid.

    Bytes first, row second: a row never points at nothing. Bytes without a row have a name that no one has.
    """
    found = recognise(data, name)
    made = NewAttachment(
        id=id,
        name=name,
        media_type=found.media_type,
        kind=found.kind,
        size=len(data),
        sha256=hashlib.sha256(data).digest(),
        object_name=f"attachments/{id}/{hashlib.sha256(data).hexdigest()[:16]}",
    )
    await services.objects.put(user, made.object_name, data)
    async with services.db.as_user(user) as conn:
        there = await attachments.add(conn, made) or await attachments.one(conn, id)
    if there is None or there.sha256 != made.sha256:
        raise Conflict("this Idempotency-Key was used for another file")
    return there
