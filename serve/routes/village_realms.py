"""Realms: making them, who belongs to them, invitations."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from cluster.errors import Invalid
from cluster.ids import RealmId, UserId, agent_name
from serve import village_wire as wire
from serve.conversations import cursors
from serve.guards import CurrentUser, OpenServices, within
from serve.live.live import TheLive
from serve.village import realms as shapes
from serve.village.once import IdempotencyKey, once
from village.realms import members, store

router = APIRouter(prefix="/village", tags=["village"], dependencies=[within("village")])
Agent = Annotated[str | None, Query(max_length=50, description="One agent of the person; the person when left out.")]


@router.get("/realms")
async def list_realms(user: CurrentUser, services: OpenServices) -> wire.Realms:
    """The realms that you may enter."""
    return await shapes.listed(services, user)


@router.post("/realms", status_code=201)
async def create_realm(
    command: wire.CreateRealm, user: CurrentUser, live: TheLive, idempotency_key: IdempotencyKey = None
) -> wire.Realm:
    """Make a village or a bridge, or see to it that an agent has its private realm."""

    async def work() -> wire.Realm:
        async with live.services.db.as_user(user) as conn:
            if command.kind == "private":
                if command.agent is None:
                    raise Invalid("a private realm needs its agent")
                realm = await store.open_private(conn, user, command.agent)
            elif command.name is None:
                raise Invalid("a realm needs a name")
            else:
                realm = await members.create(conn, user, command.kind, command.name, command.description)
            return await shapes.shown(conn, user, realm)

    return await once(live, user, idempotency_key, command, work, wire.Realm)


@router.get("/realms/{realm_id}")
async def open_realm(realm_id: UUID, user: CurrentUser, services: OpenServices) -> wire.RealmDetail:
    """A realm, who belongs to it and who is there. Follow `realm:<id>` after `seq` from then on."""
    return await shapes.detail(services, user, RealmId(realm_id))


@router.patch("/realms/{realm_id}")
async def change_realm(
    realm_id: UUID, command: wire.RealmChange, user: CurrentUser, services: OpenServices
) -> wire.Realm:
    """Rename it, describe it, set when statements agree. For its keepers."""
    async with services.db.as_user(user) as conn:
        await members.change(
            conn,
            RealmId(realm_id),
            name=command.name,
            description=command.description,
            threshold=command.threshold,
        )
        realm = await shapes.shown(conn, user, RealmId(realm_id))
    await shapes.tell(services, realm_id, "realm_changed")
    return realm


@router.delete("/realms/{realm_id}", status_code=204)
async def delete_realm(realm_id: UUID, user: CurrentUser, services: OpenServices) -> None:
    """Delete a realm and all that is known there, for good. For its owner."""
    async with services.db.as_user(user) as conn:
        await members.delete(conn, user, RealmId(realm_id))
    await shapes.tell(services, realm_id, "realm_deleted")


@router.post("/realms/{realm_id}/transfer")
async def transfer_realm(
    realm_id: UUID, command: wire.TransferRealm, user: CurrentUser, services: OpenServices
) -> wire.Realm:
    """Make a person who belongs to it the owner. You stay as a keeper."""
    async with services.db.as_user(user) as conn:
        await members.transfer(conn, user, RealmId(realm_id), UserId(command.user_id))
        realm = await shapes.shown(conn, user, RealmId(realm_id))
    await shapes.tell(services, realm_id, "realm_transferred")
    return realm


@router.get("/realms/{realm_id}/members")
async def list_members(realm_id: UUID, user: CurrentUser, services: OpenServices) -> wire.RealmMembers:
    """Who belongs to a realm."""
    async with services.db.as_user(user) as conn:
        await shapes.shown(conn, user, RealmId(realm_id))
        found = await members.members(conn, RealmId(realm_id))
    return wire.RealmMembers(members=shapes.members_of(user, found))


@router.post("/realms/{realm_id}/members", status_code=201)
async def grant_membership(
    realm_id: UUID,
    command: wire.GrantMembership,
    user: CurrentUser,
    live: TheLive,
    idempotency_key: IdempotencyKey = None,
) -> wire.RealmMember:
    """Let in an agent of yours, or a person who shares a realm with you, or one agent of theirs. For keepers."""
    realm, whom = RealmId(realm_id), UserId(command.user_id or user)
    agent = None if command.agent is None else agent_name(command.agent)

    async def work() -> wire.RealmMember:
        async with live.services.db.as_user(user) as conn:
            await members.grant(conn, realm, whom, agent, command.role)
            member = await shapes.member_of(conn, user, realm, whom, agent)
        await shapes.tell(live.services, realm, "member_added")
        return member

    return await once(live, user, idempotency_key, command, work, wire.RealmMember)


@router.patch("/realms/{realm_id}/members/{user_id}")
async def change_member(
    realm_id: UUID,
    user_id: UUID,
    command: wire.MemberChange,
    user: CurrentUser,
    services: OpenServices,
    agent: Agent = None,
) -> wire.RealmMember:
    """Give a member another role. For keepers."""
    name = None if agent is None else agent_name(agent)
    async with services.db.as_user(user) as conn:
        await members.set_role(conn, RealmId(realm_id), UserId(user_id), name, command.role)
        member = await shapes.member_of(conn, user, RealmId(realm_id), UserId(user_id), name)
    await shapes.tell(services, realm_id, "member_changed")
    return member


@router.delete("/realms/{realm_id}/members/{user_id}", status_code=204)
async def remove_member(
    realm_id: UUID, user_id: UUID, user: CurrentUser, services: OpenServices, agent: Agent = None
) -> None:
    """Send a member away, which ends the realm's open invitations; or leave, when it is you."""
    async with services.db.as_user(user) as conn:
        await members.remove(conn, user, RealmId(realm_id), UserId(user_id), agent)
    await shapes.tell(services, realm_id, "member_left" if user_id == user else "member_removed")


@router.get("/realms/{realm_id}/invites")
async def list_invites(realm_id: UUID, user: CurrentUser, services: OpenServices) -> wire.Invites:
    """The invitations that count. For keepers."""
    async with services.db.as_user(user) as conn:
        found = await members.invites(conn, RealmId(realm_id))
    return wire.Invites(invites=[wire.Invite.model_validate(one) for one in found])


@router.post("/realms/{realm_id}/invites", status_code=201)
async def create_invite(
    realm_id: UUID, command: wire.CreateInvite, user: CurrentUser, services: OpenServices
) -> wire.NewInvite:
    """Make a link by which people join. Its token is told once: not even a repeated request gets it again."""
    async with services.db.as_user(user) as conn:
        invite, token = await members.invite(
            conn, RealmId(realm_id), command.role, lasts=timedelta(hours=command.hours), uses=command.uses
        )
    shape = wire.Invite.model_validate(invite)
    return wire.NewInvite(invite=shape, token=token, path=f"/village/join?token={token}")


@router.delete("/realms/{realm_id}/invites/{invite_id}", status_code=204)
async def revoke_invite(realm_id: UUID, invite_id: UUID, user: CurrentUser, services: OpenServices) -> None:
    """End an invitation. For keepers."""
    async with services.db.as_user(user) as conn:
        await members.revoke(conn, RealmId(realm_id), invite_id)


@router.get("/realms/{realm_id}/log")
async def realm_log(
    realm_id: UUID,
    user: CurrentUser,
    services: OpenServices,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> wire.RealmLog:
    """What was done to a realm, the newest first."""
    before = cursors.row_of(cursor) if cursor else None
    async with services.db.as_user(user) as conn:
        found = await members.log(conn, RealmId(realm_id), before=before, limit=limit + 1)
    page = found[:limit]
    return wire.RealmLog(
        entries=[wire.RealmLogEntry.model_validate(one) for one in page],
        next_cursor=cursors.after_row(page[-1].at, page[-1].id) if len(found) > limit else None,
    )


@router.post("/invitation")
async def look_at_invitation(command: wire.LookAtInvite, user: CurrentUser, services: OpenServices) -> wire.Invitation:
    """What an invitation leads to."""
    async with services.db.as_user(user) as conn:
        return wire.Invitation.model_validate(await members.look(conn, command.token))


@router.post("/join")
async def join_realm(command: wire.JoinRealm, user: CurrentUser, services: OpenServices) -> wire.Realm:
    """Enter a realm by an invitation. Doing it twice changes nothing more."""
    async with services.db.as_user(user) as conn:
        realm = await members.join(conn, command.token, command.agents)
        shape = await shapes.shown(conn, user, realm)
    await shapes.tell(services, realm, "member_joined")
    return shape


@router.get("/people")
async def list_fellows(user: CurrentUser, services: OpenServices) -> wire.Fellows:
    """The people who share a realm with you: those whom you can let into another."""
    async with services.db.as_user(user) as conn:
        found = await members.fellows(conn)
    return wire.Fellows(people=[wire.Fellow(user_id=id, display_name=name) for id, name in found])
