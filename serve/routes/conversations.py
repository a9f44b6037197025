"""Conversations: the list, one of them with its newest messages, older ones by the page, and what a person changes."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from actors.stores import branches, conversations, search
from actors.stores.conversations import Conversation, Wanted
from cluster.errors import Invalid, NotFound
from cluster.events.names import conversation_channel
from cluster.ids import ConversationId, MessageId, UserId
from cluster.services import Services
from serve import wire
from serve.conversations import changes, cursors, export
from serve.conversations.detail import detail
from serve.guards import CurrentUser, OpenServices, within
from serve.live.live import TheLive
from serve.live.sse import channel_stream, event_response, while_here
from serve.routes.chat import LastEventId

router = APIRouter(prefix="/chat/conversations", tags=["chat"], dependencies=[within("chat")])
Limit = Annotated[int, Query(ge=1, le=200)]


class ListQuery(BaseModel):
    """What to list."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    q: Annotated[str, Field(max_length=500)] | None = None
    """Words to find in titles and messages; the last one may be a beginning. Best first."""
    favorite: bool | None = None
    archived: bool | None = None
    tag: Annotated[str, Field(max_length=50)] | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: Annotated[str, Field(max_length=200)] | None = None
    """`next_cursor` of the page before."""


@router.get("")
async def list_conversations(
    user: CurrentUser, services: OpenServices, query: Annotated[ListQuery, Query()]
) -> wire.Conversations:
    """Conversations by their last activity, newest first; with `q` those that have the words, best first."""
    if any("\0" in text for text in (query.q or "", query.tag or "")):
        raise Invalid("text cannot contain the character U+0000")
    wanted = Wanted(favorite=query.favorite, archived=query.archived, tag=query.tag)
    return await (_list if query.q is None else _search)(services, user, wanted, query)


@router.get("/{conversation_id}")
async def open_conversation(
    conversation_id: UUID, user: CurrentUser, services: OpenServices, limit: Limit = 100
) -> wire.ConversationDetail:
    """A conversation as it stands. Follow its channel after `seq` from then on."""
    return await detail(services, user, ConversationId(conversation_id), limit=limit)


@router.get("/{conversation_id}/messages")
async def older_messages(
    conversation_id: UUID,
    user: CurrentUser,
    services: OpenServices,
    cursor: UUID | None = None,
    limit: Limit = 100,
) -> wire.MessagesPage:
    """Messages of the branch that `cursor` is on, up to and with that one; of the current branch when absent."""
    async with services.db.as_user(user) as conn:
        conversation = await conversations.get(conn, ConversationId(conversation_id))
        if conversation is None:
            raise NotFound
        end = conversation.leaf_id if cursor is None else MessageId(cursor)
        page = await branches.page(conn, conversation.id, end=end, limit=limit)
    if cursor is not None and not page.messages:
        raise NotFound
    return wire.MessagesPage(
        messages=[wire.Message.model_validate(message) for message in page.messages],
        next_cursor=str(page.before) if page.before else None,
    )


@router.get("/{conversation_id}/messages/{message_id}")
async def one_message(
    conversation_id: UUID, message_id: UUID, user: CurrentUser, services: OpenServices
) -> wire.Message:
    """One message of any branch."""
    id = ConversationId(conversation_id)
    async with services.db.as_user(user) as conn:
        there = await conversations.exists(conn, id)
        message = await branches.one(conn, id, MessageId(message_id)) if there else None
    if message is None:
        raise NotFound
    return wire.Message.model_validate(message)


@router.patch("/{conversation_id}")
async def change_conversation(
    conversation_id: UUID, command: wire.ConversationChange, user: CurrentUser, services: OpenServices
) -> wire.Conversation:
    """Rename, mark, tag, go to another branch, or undo a deletion. Fields that are left out stay as they are."""
    if command.model is not None:
        services.models.card(command.model)
    return wire.Conversation.model_validate(
        await changes.change(services, user, ConversationId(conversation_id), command)
    )


@router.delete("/{conversation_id}", status_code=204)
async def delete_conversation(conversation_id: UUID, user: CurrentUser, live: TheLive) -> None:
    """Delete a conversation and stop what runs in it. `PATCH {"deleted": false}` undoes it for 30 days."""
    id = ConversationId(conversation_id)
    await changes.delete(live.services, user, id)
    if await _running(live.services, user, id):
        await live.commands.stop(user, id, None)


@router.get("/{conversation_id}/export")
async def export_conversation(
    conversation_id: UUID, user: CurrentUser, services: OpenServices, format: export.Format = "json"
) -> StreamingResponse:
    """Download it: JSON holds all branches, Markdown the current one."""
    conversation = await _own(services, user, ConversationId(conversation_id))
    write = export.as_json if format == "json" else export.as_markdown
    return StreamingResponse(
        write(services, user, conversation),
        media_type=export.MEDIA_TYPES[format],
        headers={"Content-Disposition": export.disposition(conversation, format), "Cache-Control": "no-store"},
    )


@router.get("/{conversation_id}/events", response_class=StreamingResponse)
async def follow_conversation(
    conversation_id: UUID, user: CurrentUser, live: TheLive, last_event_id: LastEventId = None
) -> StreamingResponse:
    """Its events as an event stream, after `Last-Event-ID`, or from now on."""
    conversation = await _own(live.services, user, ConversationId(conversation_id))
    channel = conversation_channel(conversation.id)
    after = last_event_id or await live.services.log.last(channel)
    return event_response(while_here(live, channel_stream(live, channel, after=after)))


async def _list(services: Services, user: UserId, wanted: Wanted, query: ListQuery) -> wire.Conversations:
    before = cursors.row_of(query.cursor) if query.cursor else None
    async with services.db.as_user(user) as conn:
        found = await conversations.page(conn, wanted, before=before, limit=query.limit + 1)
    rows = found[: query.limit]
    return wire.Conversations(
        conversations=[wire.ListedConversation.model_validate(row) for row in rows],
        next_cursor=cursors.after_row(rows[-1].updated_at, rows[-1].id) if len(found) > query.limit else None,
    )


async def _search(services: Services, user: UserId, wanted: Wanted, query: ListQuery) -> wire.Conversations:
    skip = cursors.count_of(query.cursor) if query.cursor else 0
    async with services.db.as_user(user) as conn:
        found = await search.search(conn, query.q or "", wanted, skip=skip, limit=query.limit + 1)
    listed = [wire.ListedConversation.model_validate(row.conversation) for row in found[: query.limit]]
    for shown, row in zip(listed, found, strict=False):
        if row.message_id is not None and row.snippet is not None:
            shown.match = wire.Match(message_id=row.message_id, snippet=row.snippet)
    more = len(found) > query.limit
    return wire.Conversations(
        conversations=listed, next_cursor=cursors.after_count(skip + query.limit) if more else None
    )


async def _own(services: Services, user: UserId, id: ConversationId) -> Conversation:
    async with services.db.as_user(user) as conn:
        conversation = await conversations.get(conn, id)
    if conversation is None:
        raise NotFound
    return conversation


async def _running(services: Services, user: UserId, id: ConversationId) -> bool:
    async with services.db.as_user(user) as conn:
        turns = await conversations.open_turns(conn, id)
    return any(turn.status in ("queued", "running") for turn in turns)
