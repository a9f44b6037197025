"""Tools that wait for the person's word, over plain HTTP: what is asked, and the answers."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Query

from actors.stores import approvals
from cluster.ids import ConversationId, new_id
from serve import wire
from serve.guards import CurrentUser, OpenServices, within
from serve.live.live import TheLive

router = APIRouter(prefix="/approvals", tags=["approvals"], dependencies=[within("tools")])

IdempotencyKey = Annotated[
    str | None, Header(min_length=1, max_length=200, description="Sent twice, it is one answer. Made when absent.")
]


@router.get("")
async def list_approvals(
    user: CurrentUser,
    services: OpenServices,
    conversation_id: Annotated[UUID | None, Query(description="Only what is asked in this conversation.")] = None,
) -> wire.Approvals:
    """What waits for your word: the oldest hundred."""
    conversation = None if conversation_id is None else ConversationId(conversation_id)
    async with services.db.as_user(user) as conn:
        asked = await approvals.pending(conn, conversation)
    return wire.Approvals(approvals=[wire.Approval.model_validate(approval) for approval in asked])


@router.post("/{approval_id}")
async def answer_approval(
    approval_id: UUID,
    command: wire.AnswerApproval,
    user: CurrentUser,
    live: TheLive,
    idempotency_key: IdempotencyKey = None,
) -> wire.Approval:
    """Say whether a tool may run. 409 when that has its answer already, or when it comes too late."""
    answered = await live.commands.answer(user, idempotency_key or str(new_id()), approval_id, command)
    return wire.Approval.model_validate(answered)
