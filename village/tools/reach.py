"""What the village's tools share: in whose name they act, which realm is meant, and how a find is told.

An agent acts in its own name: who it is comes from the conversation, whatever it says. What it writes after it has read
text by strangers is kept as untrusted, and untrusted finds are shown only where the call asks for them, so that the
policy knows of it by the arguments alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BeforeValidator, Field

from cluster.ids import KnowledgeId, RealmId, agent_name
from cluster.runtime.ref import Ref
from cluster.services import Services
from sandbox.errors import ToolFailed
from sandbox.policy import INCLUDE_UNTRUSTED
from sandbox.tool import Facts, ToolContext
from village.errors import KnowledgeMissing
from village.knowledge import store as knowledge
from village.knowledge.item import Draft, Knowledge
from village.realm import Realm
from village.realms import store as realms
from village.realms.store import RealmKind, home_village, private_realm
from village.recall.noting import note_reads
from village.recall.query import Hit, Query
from village.recall.query import Mode as Mode
from village.recall.recall import recall
from village.who import Who

LONGEST = 20_000
MOST = 50
SECONDS = 30


def _lower(value: object) -> object:
    return value.strip().lower() if isinstance(value, str) else value


Visibility = Annotated[Literal["private", "village", "bridge"], BeforeValidator(_lower)]
Text = Annotated[str, Field(min_length=1, max_length=LONGEST)]
Short = Annotated[str, Field(min_length=1, max_length=100)]
Asked = Annotated[str, Field(min_length=1, max_length=2000)]
Ids = Annotated[list[Annotated[UUID, Field(json_schema_extra={"maxLength": 36})]], Field(max_length=50)]
Names = Annotated[list[Annotated[str, Field(min_length=1, max_length=50)]], Field(max_length=50)]
Some = Annotated[int, Field(ge=1, le=MOST)]
RealmGiven = Annotated[str, Field(min_length=1, max_length=100)]
COLLECTIONS: Mapping[str, RealmKind] = {
    "knowledge": "private",
    "knowledge_private": "private",
    "knowledge_village": "village",
    "knowledge_bridge": "bridge",
    "knowledge_bridges": "bridge",
}
"""What the predecessor called the realms."""
READS = Facts(idempotent=True, reads_private=True, seconds=SECONDS)
WRITES = Facts(idempotent=False, side_effect=True, seconds=SECONDS)


def searches(arguments: Mapping[str, Any]) -> Facts:
    """The facts of a search: it shows text by strangers only when asked for it."""
    return replace(READS, reads_untrusted=bool(arguments.get(INCLUDE_UNTRUSTED)))


def who_of(context: ToolContext) -> Who:
    """In whose name a tool acts."""
    return Who(context.user, context.agent)


def in_own_name(context: ToolContext, agent: str | None) -> None:
    """Refuse a call in another agent's name. Raises ToolFailed."""
    if agent is not None and agent_name(agent) != context.agent:
        raise ToolFailed(f"You are {context.agent}, and cannot speak as {agent}.")


def services_of(context: ToolContext) -> Services:
    """The services. Raises ToolFailed where there are no actors."""
    if context.services is None:
        raise ToolFailed("The village is not within reach here.")
    return context.services


def realm_of(context: ToolContext, realm: RealmId) -> Ref[Realm]:
    """A realm's address. Raises ToolFailed where there are no actors."""
    return services_of(context).runtime.ref(Realm, str(realm))


async def meant(context: ToolContext, kind: RealmKind, named: str | None = None) -> RealmId:
    """The realm that a tool means: the one of this name or id, else the agent's own, the home village, the one bridge.

    Raises ToolFailed when there is none, or more than one bridge.
    """
    if named is None and kind == "private":
        return private_realm(context.user, context.agent)
    if named is None and kind == "village":
        return home_village(context.user)
    async with context.db.as_user(context.user, context.agent) as conn:
        open_to = await realms.all_of(conn)
    fitting = [one for one in open_to if (str(one.id) == named or one.name == named if named else one.kind == kind)]
    if len(fitting) == 1:
        return fitting[0].id
    names = ", ".join(repr(one.name) for one in fitting) if fitting else ""
    if not fitting:
        raise ToolFailed(
            f"No realm {named!r} is open to you." if named else "No bridge is open to you: people make them."
        )
    raise ToolFailed(f"Several are open to you ({names}): say which, by its id, as `realm`.")


async def remember(context: ToolContext, realm: RealmId, draft: Draft) -> Knowledge:
    """Write to a realm in the agent's name. Raises RealmMissing, NotAWriter."""
    trusted = draft.trusted and not await context.heard_strangers()
    said = replace(
        draft, origin="tool", conversation_id=context.conversation, trusted=trusted, related_agents=_names(draft)
    )
    return await realm_of(context, realm).ask(Realm.add, who_of(context), said)


async def say(
    context: ToolContext, draft: Draft, visibility: RealmKind, *, agent: str | None = None, named: str | None = None
) -> dict[str, object]:
    """Say something in a realm of that kind; answers what the tool tells of it."""
    in_own_name(context, agent)
    kept = await remember(context, await meant(context, visibility, named), draft)
    return {
        "success": True,
        "id": str(kept.id),
        "collection": f"knowledge_{visibility}",
        "text_length": len(kept.content),
        "visibility": visibility,
        "agent_id": context.agent,
    }


async def look(context: ToolContext, query: Query) -> Sequence[Hit]:
    """Search in the agent's name."""
    return await recall(context.db, services_of(context).models.embedder(), who_of(context), query)


async def shown(context: ToolContext, hits: Sequence[Hit]) -> Sequence[Hit]:
    """Note what the agent is shown: it has read that."""
    await note_reads(services_of(context), who_of(context), [hit.knowledge for hit in hits])
    return hits


def _names(draft: Draft) -> list[str]:
    return [agent_name(name) for name in draft.related_agents]


def told(item: Knowledge, *, length: int | None = None) -> dict[str, Any]:
    """A piece of knowledge as a tool tells it."""
    text = item.content if length is None or len(item.content) <= length else item.content[:length] + "…"
    known: dict[str, Any] = {
        "id": str(item.id),
        "text": text,
        "agent_id": item.agent or "(the person)",
        "category": item.category,
        "message_type": item.kind,
        "confidence": round(item.confidence, 3),
        "conversation_thread": item.thread,
        "responding_to": [str(id) for id in item.responding_to],
        "tags": list(item.tags),
        "posted_at": item.created_at.isoformat(timespec="seconds"),
        "access_count": item.access_count,
    }
    if not item.trusted:
        known["untrusted"] = True
    return {name: value for name, value in known.items() if value not in (None, [])}


def found(hit: Hit) -> dict[str, Any]:
    """A find as a tool tells it: with how near it is, and why it was found."""
    why: dict[str, Any] = {}
    for name, place in (("meaning", hit.why.vector), ("words", hit.why.text)):
        if place is not None:
            why[name] = {"rank": place.rank, "score": round(place.score, 4)}
    near = hit.why.vector
    told_of = told(hit.knowledge)
    if near is not None:
        told_of["similarity"] = round(near.score, 4)
    return {**told_of, "why": why}


async def named(context: ToolContext, realm: RealmId, name: str) -> KnowledgeId:
    """The id of what is called by its id, or by the name that it was given. Raises KnowledgeMissing."""
    async with context.db.as_user(context.user, context.agent) as conn:
        known = await knowledge.by_external_name(conn, realm, name)
    if known is not None:
        return known
    try:
        return KnowledgeId(UUID(name))
    except ValueError as error:
        raise KnowledgeMissing from error
