"""Reads attachments into content blocks: images and documents as they are, text files as text with their name."""

import asyncio
import base64
import logging
from collections.abc import Sequence
from uuid import UUID

from actors.session.history import Files
from actors.session.stage import Stage
from actors.stores import attachments
from actors.stores.attachments import Attachment
from actors.stores.messages import Message
from actors.stores.text import storable_text
from cluster.errors import NotFound
from cluster.ids import AttachmentId
from cluster.models.card import ModelCard
from cluster.models.chat_model import Block

log = logging.getLogger(__name__)
MOST_BYTES = 20 * 1024 * 1024
"""Attachments of this many bytes go into one request, the newest first: providers bound the whole request."""
TEXT_LIMIT = 200_000
"""Characters of a text file that a model gets."""


async def read_files(stage: Stage, path: Sequence[Message], card: ModelCard) -> Files:
    """The content blocks of the branch's attachments, by id."""
    wanted = [AttachmentId(UUID(str(file["id"]))) for message in reversed(path) for file in message.attachments]
    if not wanted:
        return {}
    async with stage.services.db.as_user(stage.user) as conn:
        found = {file.id: file for file in await attachments.many(conn, wanted)}
    chosen: list[Attachment] = []
    left = MOST_BYTES
    for file in (found[id] for id in dict.fromkeys(wanted) if id in found):
        if file.size <= left and (card.images or file.kind == "text"):
            chosen.append(file)
            left -= file.size
    blocks = await asyncio.gather(*(_read(stage, file) for file in chosen))
    return {file.id: block for file, block in zip(chosen, blocks, strict=True) if block is not None}


async def _read(stage: Stage, file: Attachment) -> Block | None:
    try:
        data = await stage.services.objects.get(stage.user, file.object_name)
    except NotFound:
        log.warning("the bytes of attachment %s are gone", file.id)
        return None
    if file.kind == "text":
        return {"type": "text", "text": as_text(file.name, data)}
    encoded = base64.b64encode(data).decode()
    return {
        "type": file.kind,
        "source": {"type": "base64", "media_type": file.media_type, "data": encoded},
    }


def as_text(name: str, data: bytes) -> str:
    """A text file as a model reads it."""
    text = storable_text(data.decode("utf-8", "replace"))
    cut = f"\n[cut here: {len(text) - TEXT_LIMIT} more characters]" if len(text) > TEXT_LIMIT else ""
    return f'<file name="{name}">\n{text[:TEXT_LIMIT]}{cut}\n</file>'
