"""Our agents as models: `apex/AZOTH` is the user's agent AZOTH, in a conversation that is kept here.

What the client says last is posted like any message, and answered by a turn with our tools and our limits. The same
Idempotency-Key makes one turn, so a client that was cut off hears the rest, and the same bytes as before.
"""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID, uuid5

from actors.session.commands import Posted
from cluster.errors import Invalid
from cluster.ids import AttachmentId, ConversationId, UserId, agent_name
from cluster.models.chat_model import Block, ModelMessage, ModelMissing, ModelRequest
from serve import wire
from serve.accounts.keys import Caller
from serve.compat.answer import Answer
from serve.compat.turns import told_of
from serve.compat.workers import COUNCIL, convened, is_type, only_words, spawned
from serve.files.attached import keep
from serve.live.live import Live
from village.agents import store as agents

PREFIX = "apex/"
MOST_TOKENS = 64_000
"""Of a step and of its thinking, as in `wire.SendMessage`."""
NAMES = {"image": "image", "document": "document.pdf"}


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a message goes: the conversation it goes on with (None: a new one), and the key that makes it one turn."""

    key: str
    conversation: UUID | None = None


def is_agent(model: str) -> bool:
    """Whether a model's name is that of one of our agents."""
    return model.startswith(PREFIX)


def place_of(key: str, *named: str | None) -> Place:
    """A place by a key, and the first id of a conversation that was given. Raises Invalid."""
    id = next((name for name in named if name), None)
    try:
        return Place(key=key, conversation=UUID(id) if id else None)
    except ValueError as error:
        raise Invalid("conversation_id is not the id of a conversation") from error


async def asked(
    live: Live, caller: Caller, place: Place, request: ModelRequest, *, joint: str = "", whole: bool = False
) -> Answer:
    """An agent's answer to the last message of a history.

    Raises ModelMissing, Invalid, NotFound, TooLarge, Busy, ScopeMissing.
    """
    user = caller.user
    kind = request.model.removeprefix(PREFIX)
    if request.model == COUNCIL or await is_type(live, user, kind):
        caller.require("agents", reading=False)
        only_words(request, place.conversation)
        task = _before(request) + said_last(request)
        if request.model == COUNCIL:
            return await convened(live, user, place.key, request, task)
        posted = await spawned(live, user, place.key, kind, task)
    else:
        posted = await post(live, user, place, request)
    headers = {"X-Conversation-Id": str(posted.conversation_id), "X-Turn-Id": str(posted.turn_id)}
    events = told_of(live, user, posted, thinking=request.thinking_tokens > 0, whole=whole)
    return Answer(id=posted.turn_id, model=request.model, events=events, joint=joint, headers=headers)


async def post(
    live: Live, user: UserId, place: Place, request: ModelRequest, *, home: ConversationId | None = None
) -> Posted:
    """Post the last message of a history. Raises ModelMissing, Invalid, NotFound, TooLarge, Busy."""
    name = await _agent(live, user, request.model)
    said = said_last(request)
    new = place.conversation is None
    command = wire.SendMessage(
        message=(_before(request) if new else "") + (said or "(see the attachment)"),
        conversation_id=place.conversation,
        agent=name,
        thinking_tokens=min(MOST_TOKENS, request.thinking_tokens) or None,
        max_tokens=min(MOST_TOKENS, request.max_tokens),
        attachments=await _files(live, user, place.key, request.messages[-1].content),
    )
    return await live.commands.send(user, place.key, command, home=home)


def said_last(request: ModelRequest) -> str:
    """The text of the user's last message. Raises Invalid where an agent cannot answer."""
    if request.tools:
        raise Invalid("an agent has tools of its own and cannot be given others")
    last = request.messages[-1]
    if last.role != "user" or any(block["type"] == "tool_result" for block in last.content):
        raise Invalid("an agent answers a message of the user; the last one here is none")
    return "\n\n".join(block["text"] for block in last.content if block["type"] == "text")


async def _agent(live: Live, user: UserId, model: str) -> str:
    try:
        name = agent_name(model.removeprefix(PREFIX))
    except Invalid as error:
        raise ModelMissing(f"there is no agent {model}") from error
    async with live.services.db.as_user(user) as conn:
        if await agents.find(conn, name) is None:
            raise ModelMissing(f"there is no agent {model}")
    return name


def _before(request: ModelRequest) -> str:
    """What was said before, as the client tells it, for a conversation that begins here with its last message."""
    parts = [f"<instructions>\n{request.system}\n</instructions>"] if request.system.strip() else []
    parts += [part for message in request.messages[:-1] if (part := _told(message))]
    return "\n\n".join([*parts, ""]) if parts else ""


def _told(message: ModelMessage) -> str:
    text = "\n\n".join(block["text"] for block in message.content if block["type"] == "text")
    return f"<earlier from={message.role!r}>\n{text}\n</earlier>" if text.strip() else ""


async def _files(live: Live, user: UserId, key: str, content: Sequence[Block]) -> list[UUID]:
    """Keep the images and documents of a message; answers their ids."""
    ids: list[UUID] = []
    for number, block in enumerate(content):
        if block["type"] not in NAMES:
            continue
        id = AttachmentId(uuid5(user, f"attachment:{key}:{number}"))
        data = _data(block)
        kept = await keep(live.services, user, id, name=block.get("title") or NAMES[block["type"]], data=data)
        ids.append(kept.id)
    return ids


def _data(block: Block) -> bytes:
    source = block["source"]
    if source.get("type") == "text":
        return str(source.get("data", "")).encode()
    if source.get("type") != "base64":
        raise Invalid("an agent takes images and documents as base64 only")
    try:
        return base64.b64decode(source["data"], validate=True)
    except (KeyError, TypeError, binascii.Error) as error:
        raise Invalid("the data of an image or document is not base64") from error
