"""A conversation as a file: the whole tree for programs, the current branch for people."""

import re
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from typing import Literal
from urllib.parse import quote
from uuid import UUID

import orjson

from actors.stores import branches
from actors.stores.branches import ShownMessage
from actors.stores.conversations import Conversation
from cluster.ids import MessageId, UserId
from cluster.services import Services
from serve import wire

Format = Literal["json", "markdown"]
PAGE = 500
MEDIA_TYPES: dict[Format, str] = {"json": "application/json", "markdown": "text/markdown; charset=utf-8"}
ENDINGS: dict[Format, str] = {"json": "json", "markdown": "md"}


def disposition(conversation: Conversation, format: Format) -> str:
    """A download under the conversation's title: in ASCII for old clients, and in full (RFC 6266)."""
    title = re.sub(r'[\s\x00-\x1f\x7f/\\:*?"<>|]+', " ", conversation.title or "").strip(" .")[:100] or "Conversation"
    plain = title.encode("ascii", "replace").decode().replace("?", "_").replace("%", "_")
    ending = ENDINGS[format]
    return f"attachment; filename=\"{plain}.{ending}\"; filename*=UTF-8''{quote(f'{title}.{ending}', safe='')}"


async def as_json(services: Services, user: UserId, conversation: Conversation) -> AsyncGenerator[bytes]:
    """All messages of all branches, oldest first. A page at a time, so that a slow download holds no connection."""
    head = wire.Conversation.model_validate(conversation).model_dump(mode="json")
    opening = {"format": "apexaurum.conversation/1", "exported_at": datetime.now(UTC), "conversation": head}
    yield orjson.dumps(opening)[:-1] + b',"messages":['
    after: tuple[datetime, UUID] | None = None
    while True:
        async with services.db.as_user(user) as conn:
            found = await branches.tree(conn, conversation.id, after=after, limit=PAGE)
        shown = [wire.Message.model_validate(m).model_dump_json(exclude={"siblings"}) for m in found]
        if shown:
            yield (("," if after else "") + ",".join(shown)).encode()
            after = (found[-1].created_at, found[-1].id)
        if len(found) < PAGE:
            break
    yield b"]}"


async def as_markdown(services: Services, user: UserId, conversation: Conversation) -> AsyncGenerator[bytes]:
    """The current branch, oldest first."""
    pages: list[list[ShownMessage]] = []
    end: MessageId | None = conversation.leaf_id
    while end is not None:
        async with services.db.as_user(user) as conn:
            page = await branches.page(conn, conversation.id, end=end, limit=PAGE)
        pages.append(page.messages)
        end = page.before
    yield f"# {' '.join((conversation.title or 'Conversation').split())}\n".encode()
    speaker = ""
    for page in reversed(pages):
        for message in page:
            who = "You" if message.role == "user" else message.model or "Assistant"
            heading = "" if who == speaker else f"\n## {who}\n"
            speaker = who
            yield (heading + _told(message)).encode()


def _told(message: ShownMessage) -> str:
    parts = [f"\n*Attached: {attachment.get('name', 'a file')}*\n" for attachment in message.attachments]
    if message.content.strip():
        parts.append(f"\n{message.content.strip()}\n")
    parts += [f"\n*Used the tool `{call.get('name', '?')}`.*\n" for call in message.tool_calls]
    if message.status != "complete":
        parts.append(f"\n*({message.status})*\n")
    return "".join(parts)
