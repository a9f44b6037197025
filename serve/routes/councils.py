"""Councils: convene them, watch them, butt in, share what they said."""

from typing import Annotated
from uuid import UUID, uuid5

from fastapi import APIRouter, Header, Path, Query, Request, Response

from actors.councils import export, sharing, store
from actors.councils.council import Council
from actors.councils.errors import CouncilMissing
from actors.councils.founding import NewCouncil
from cluster.ids import new_id
from serve import councils_wire as wire
from serve.conversations import cursors
from serve.councils import asking, shape
from serve.guards import ClientAddress, CurrentUser, OpenServices, TheLimits, note_allowance, within
from serve.limits import COUNCILS, SHARED_COUNCILS
from serve.live.live import TheLive
from serve.village.once import once

router = APIRouter(tags=["councils"], dependencies=[within("agents")])
IdempotencyKey = Annotated[
    str | None, Header(min_length=1, max_length=150, description="Sent twice, it is done once. Made when absent.")
]
Token = Annotated[str, Path(min_length=1, max_length=100)]


@router.get("/councils")
async def list_councils(
    user: CurrentUser,
    services: OpenServices,
    status: wire.CouncilStatus | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
) -> wire.Councils:
    """Your councils, newest first."""
    before = cursors.row_of(cursor) if cursor else None
    async with services.db.as_user(user) as conn:
        found = await store.listed(conn, status=status, before=before, limit=limit + 1)
    page = found[:limit]
    return wire.Councils(
        councils=[wire.CouncilListed.model_validate(one) for one in page],
        next_cursor=cursors.after_row(page[-1].created_at, page[-1].id) if len(found) > limit else None,
    )


@router.post("/councils", status_code=201)
async def create_council(
    request: Request,
    command: wire.CreateCouncil,
    user: CurrentUser,
    live: TheLive,
    idempotency_key: IdempotencyKey = None,
) -> wire.Council:
    """Convene a council: its members answer blind first, then review one another's answers."""
    note_allowance(request, await live.limits.take(COUNCILS, f"user:{user}"))
    facts = command.model_dump(exclude={"members", "budget", "webhook"})
    new = NewCouncil(
        **facts,
        members=None if command.members is None else [asking.seat(each) for each in command.members],
        budget=command.budget.model_dump(exclude_none=True),
        webhook=command.webhook.model_dump() if command.webhook else None,
    )
    id = await asking.convene(live, user, idempotency_key or str(new_id()), new)
    return await asking.shown(live.services, user, id)


@router.get("/councils/{council_id}")
async def open_council(council_id: UUID, user: CurrentUser, services: OpenServices) -> wire.Council:
    """A council as it stands. Follow its channel `council:<id>` for what happens then."""
    return await asking.shown(services, user, council_id)


@router.post("/councils/{council_id}/pause")
async def pause_council(council_id: UUID, user: CurrentUser, live: TheLive) -> wire.Council:
    """Let no more rounds begin; who is at work ends it."""
    return await asking.tell(live, user, council_id, Council.pause)


@router.post("/councils/{council_id}/resume")
async def resume_council(council_id: UUID, user: CurrentUser, live: TheLive) -> wire.Council:
    """Go on, or begin."""
    return await asking.tell(live, user, council_id, Council.resume)


@router.post("/councils/{council_id}/round")
async def hold_round(council_id: UUID, user: CurrentUser, live: TheLive) -> wire.Council:
    """While it is paused, hold the next round."""
    return await asking.tell(live, user, council_id, Council.hold_round)


@router.post("/councils/{council_id}/cancel")
async def cancel_council(council_id: UUID, user: CurrentUser, live: TheLive) -> wire.Council:
    """Stop it for good. What was said stays; cancelling what has ended changes nothing."""
    return await asking.tell(live, user, council_id, Council.cancel)


@router.post("/councils/{council_id}/remarks")
async def add_remark(
    council_id: UUID,
    command: wire.AddRemark,
    user: CurrentUser,
    live: TheLive,
    idempotency_key: IdempotencyKey = None,
) -> wire.Council:
    """Butt in: the next round hears it. Remarks queue; none replaces another."""
    id = new_id() if idempotency_key is None else uuid5(council_id, f"{user}:{idempotency_key}")
    return await asking.tell(live, user, council_id, Council.remark, id, command.content)


@router.post("/councils/{council_id}/members", status_code=201)
async def add_member(
    council_id: UUID,
    command: wire.NewMember,
    user: CurrentUser,
    live: TheLive,
    idempotency_key: IdempotencyKey = None,
) -> wire.Council:
    """Seat another member from the next round on."""
    key = None if idempotency_key is None else f"{council_id}:{idempotency_key}"

    async def seated() -> wire.Council:
        return await asking.tell(live, user, council_id, Council.add_member, asking.seat(command))

    return await once(live, user, key, command, seated, wire.Council)


@router.delete("/councils/{council_id}/members/{member_n}")
async def remove_member(
    council_id: UUID, member_n: Annotated[int, Path(ge=0, le=10_000)], user: CurrentUser, live: TheLive
) -> wire.Council:
    """Let a member go from the next round on. What it said stays."""
    return await asking.tell(live, user, council_id, Council.remove_member, member_n)


@router.get("/councils/{council_id}/export.md", response_class=Response)
async def export_council(council_id: UUID, user: CurrentUser, services: OpenServices) -> Response:
    """Download it as Markdown."""
    state, _ = await asking.state_of(services, user, council_id)
    return Response(
        export.markdown(state),
        media_type="text/markdown; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="council-{council_id}.md"',
            "Cache-Control": "no-store",
        },
    )


@router.post("/councils/{council_id}/share", status_code=201)
async def share_council(
    council_id: UUID, command: wire.CreateShare, user: CurrentUser, services: OpenServices
) -> wire.Share:
    """Make a link with which anybody may read it. The token is shown once."""
    token = sharing.new_token()
    await asking.state_of(services, user, council_id)
    async with services.db.as_user(user) as conn:
        until = await sharing.share(conn, user, council_id, token, days=command.days)
    return wire.Share(token=token, path=f"/shared/councils/{token}", expires_at=until)


@router.delete("/councils/{council_id}/share", status_code=204)
async def unshare_council(council_id: UUID, user: CurrentUser, services: OpenServices) -> None:
    """End all links to it."""
    await asking.state_of(services, user, council_id)
    async with services.db.as_user(user) as conn:
        await sharing.unshare(conn, council_id)


@router.get("/shared/councils/{token}")
async def shared_council(
    token: Token, services: OpenServices, limits: TheLimits, address: ClientAddress
) -> wire.SharedCouncil:
    """A council as its link shows it, to anybody who has the link."""
    if address is not None:
        await limits.take(SHARED_COUNCILS, f"address:{address}")
    async with services.db.as_system() as conn:
        link = await sharing.followed(conn, token)
    if link is None:
        raise CouncilMissing
    return shape.shared(*await asking.state_of(services, link.user, link.council))


@router.post("/agents/council")
async def one_shot(
    request: Request,
    command: wire.OneShot,
    user: CurrentUser,
    live: TheLive,
    idempotency_key: IdempotencyKey = None,
) -> wire.OneShotAnswer:
    """Ask several members once, each blind to the others, and count their votes. Waits for all of them."""
    note_allowance(request, await live.limits.take(COUNCILS, f"user:{user}"))
    id = await asking.convene(live, user, idempotency_key or str(new_id()), _one_round(command))
    return shape.one_shot(await asking.ended(live, user, id))


def _one_round(command: wire.OneShot) -> NewCouncil:
    return NewCouncil(
        question=command.question,
        options=command.options,
        members=None if command.members is None else [asking.seat(each) for each in command.members],
        num_agents=command.num_agents,
        max_rounds=1,
        model=command.model,
        budget=command.budget.model_dump(exclude_none=True),
    )
