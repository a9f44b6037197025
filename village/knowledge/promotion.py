"""Promotes knowledge: copies it to a realm that more can enter, explicitly and logged. The original stays."""

from uuid import uuid5

from cluster.clients.postgres import Connection
from cluster.errors import Conflict
from cluster.ids import KnowledgeId, RealmId, UserId
from village.errors import KnowledgeMissing, Outdated, RealmMissing
from village.knowledge import store
from village.knowledge.item import Draft, Knowledge
from village.realms import store as realms

WIDTH = {"private": 0, "village": 1, "bridge": 2}


async def draft_of(conn: Connection, user: UserId, id: KnowledgeId, target: RealmId) -> Draft:
    """The copy that is to be written to a realm: the same one however often it is asked for. In person.

    What another person's agent said comes in the name of who promotes it, and says who said it.
    Raises KnowledgeMissing, Outdated, RealmMissing, Conflict.
    """
    said = await store.find(conn, id)
    if said is None or said.removed_at is not None:
        raise KnowledgeMissing
    if said.superseded_by is not None:
        raise Outdated
    here, there = await realms.find(conn, said.realm_id), await realms.find(conn, target)
    if here is None or there is None:
        raise RealmMissing
    if there.kind == "private" or here.id == there.id or WIDTH[there.kind] < WIDTH[here.kind]:
        raise Conflict("knowledge is promoted from private to village to bridge")
    own = said.user_id == user
    details = dict(said.details) | ({} if own else {"said_by": {"user_id": str(said.user_id), "agent": said.agent}})
    return Draft(
        id=KnowledgeId(uuid5(said.id, f"promoted to {target}")),
        content=said.content,
        category=said.category,
        kind=said.kind,
        confidence=said.confidence,
        tags=said.tags,
        agent=said.agent if own else None,
        related_agents=said.related_agents,
        origin=said.origin,
        source=said.source,
        conversation_id=said.conversation_id,
        turn_id=said.turn_id,
        derived_from=[said.id],
        trusted=said.trusted,
        details=details,
        valid_until=said.valid_until,
    )


async def note(conn: Connection, user: UserId, said: Knowledge, copy: Knowledge) -> None:
    """Log a promotion where it came from, if that can be written to, and where it went. Once."""
    details = {
        "from": str(said.id),
        "from_realm": str(said.realm_id),
        "to": str(copy.id),
        "to_realm": str(copy.realm_id),
    }
    for realm in (said.realm_id, copy.realm_id):
        found = await realms.find(conn, realm)
        if found is not None and found.role != "reader":
            await conn.execute(
                """insert into realm_log (id, realm_id, user_id, action, details) values ($1, $2, $3, 'promoted', $4)
                   on conflict do nothing""",
                uuid5(copy.id, f"logged in {realm}"), realm, user, details,
            )  # fmt: skip
