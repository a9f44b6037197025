"""The SQL of table attachments: what a person uploaded; the bytes lie in object storage under `object_name`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from cluster.clients.postgres import Connection, Row
from cluster.ids import AttachmentId


@dataclass(frozen=True, kw_only=True)
class Attachment:
    """A file that a person uploaded."""

    id: AttachmentId
    name: str
    media_type: str
    kind: Literal["image", "text", "document"]
    size: int
    sha256: bytes
    object_name: str
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class NewAttachment:
    """A file that is to be known; `object_name` is where its bytes were put."""

    id: AttachmentId
    name: str
    media_type: str
    kind: Literal["image", "text", "document"]
    size: int
    sha256: bytes
    object_name: str


async def add(conn: Connection, new: NewAttachment) -> Attachment | None:
    """Know a file whose bytes were stored; None when its id is taken."""
    row = await conn.fetchrow(
        """insert into attachments (id, user_id, name, media_type, kind, size, sha256, object_name)
           values ($1, app_user(), $2, $3, $4, $5, $6, $7) on conflict do nothing
           returning id, name, media_type, kind, size, sha256, object_name, created_at""",
        new.id, new.name, new.media_type, new.kind, new.size, new.sha256, new.object_name,
    )  # fmt: skip
    return _attachment(row) if row else None


async def one(conn: Connection, attachment: AttachmentId) -> Attachment | None:
    """A file of the user."""
    found = await many(conn, [attachment])
    return found[0] if found else None


async def many(conn: Connection, attachments: Sequence[UUID]) -> list[Attachment]:
    """Those of these files that are the user's."""
    rows = await conn.fetch(
        "select id, name, media_type, kind, size, sha256, object_name, created_at from attachments where id = any($1)",
        attachments,
    )
    return [_attachment(row) for row in rows]


async def delete(conn: Connection, attachment: AttachmentId) -> Attachment | None:
    """Forget a file; answers what it was, so that its bytes can go too."""
    row = await conn.fetchrow(
        """delete from attachments where id = $1
           returning id, name, media_type, kind, size, sha256, object_name, created_at""",
        attachment,
    )
    return _attachment(row) if row else None


def _attachment(row: Row) -> Attachment:
    return Attachment(**dict(row))
