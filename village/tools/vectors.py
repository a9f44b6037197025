"""Texts by meaning: collections of an agent's own, and what it knows in its realms."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from sandbox.errors import ToolFailed
from sandbox.tool import Example, Facts, ToolContext, tool
from village.knowledge.item import Draft
from village.realm import Realm
from village.realms.store import private_realm
from village.recall.query import MOST, Hit, Query
from village.tools import store
from village.tools.reach import (
    COLLECTIONS,
    READS,
    SECONDS,
    WRITES,
    Asked,
    Short,
    Some,
    Text,
    look,
    meant,
    named,
    realm_of,
    remember,
    searches,
    services_of,
    shown,
    told,
    who_of,
)

Metadata = dict[str, Any]
KILN = "The kiln must be cooled slowly."
ID = "0197a1b2-0000-7000-8000-000000000000"
ADD_KILN = {"text": KILN, "collection": "craft", "metadata": {"page": 3}}
WITH_KILN = (("vector_add", ADD_KILN),)
SHOWN = {
    "id": ID,
    "text": KILN,
    "agent_id": "CLAUDE",
    "category": "craft",
    "message_type": "document",
    "confidence": 1.0,
    "posted_at": "2026-11-23T05:06:07+00:00",
    "access_count": 0,
}


@tool(
    category="vector_knowledge",
    facts=WRITES,
    example=Example(
        arguments=ADD_KILN,
        result={"success": True, "id": ID, "collection": "craft", "text_length": 31},
        varies=True,
    ),
)
async def vector_add(
    context: ToolContext,
    *,
    text: Annotated[Text, "What to keep"],
    metadata: Annotated[Metadata, "Facts about it, to filter by"] = {},  # noqa: B006 (pydantic copies it)
    collection: Annotated[Short, "Where to keep it; made when it is not there"] = "documents",
    id: Annotated[Short | None, "A name of your own for it"] = None,
) -> dict[str, object]:
    """Keep a text so that it is found by its meaning. Only you find it; vector_add_knowledge shares."""
    return await _keep(context, text, metadata, collection, id)


@tool(
    category="vector_knowledge",
    facts=WRITES,
    example=Example(
        arguments={"content": KILN},
        result={"success": True, "id": ID, "collection": "default", "text_length": 31},
        varies=True,
    ),
)
async def vector_store(
    context: ToolContext,
    *,
    content: Annotated[Text, "What to keep"],
    collection: Annotated[Short, "Where to keep it"] = "default",
    metadata: Annotated[Metadata, "Facts about it"] = {},  # noqa: B006 (pydantic copies it)
) -> dict[str, object]:
    """Keep a text; the same as vector_add."""
    return await _keep(context, content, metadata, collection, None)


@tool(
    category="vector_knowledge",
    facts_with=searches,
    facts=READS,
    example=Example(
        arguments={"query": "How is a kiln cooled?", "collection": "craft"},
        result=[],  # a text is near to others once it has its vector, a moment after it was kept
    ),
)
async def vector_search(
    context: ToolContext,
    *,
    query: Annotated[Asked, "What to look for, in your own words"],
    collection: Annotated[Short, "Where to look"] = "documents",
    top_k: Annotated[Some | None, "How many at most; 5 unless told"] = None,
    limit: Annotated[Some | None, "The same as top_k"] = None,
    n_results: Annotated[Some | None, "The same as top_k"] = None,
    filter: Annotated[Metadata | None, 'Facts that must hold, such as {"page": 3}; all of them'] = None,
    min_similarity: Annotated[float, Field(ge=-1, le=1), "Least similarity, 1 being the same"] = -1.0,
    include_distances: Annotated[bool, "Tell how far each is"] = True,
    include_untrusted: Annotated[bool, "Show what may hold text by strangers too"] = False,
) -> list[dict[str, Any]]:
    """The texts of a collection that are nearest in meaning, nearest first."""
    kind = COLLECTIONS.get(collection)
    realm = await meant(context, kind or "private")
    asked = Query(
        text=query,
        realms=[realm],
        categories=None if kind else [collection],
        trusted_only=not include_untrusted,
        mode="vector",
        limit=MOST,
    )
    wanted = top_k or limit or n_results or 5
    near = [
        hit
        for hit in await look(context, asked)
        if hit.why.vector and hit.why.vector.score >= min_similarity and _holds(filter, hit.knowledge.details)
    ]
    return [_near(hit, with_distance=include_distances) for hit in await shown(context, near[:wanted])]


@tool(
    category="vector_knowledge",
    facts=Facts(idempotent=True, side_effect=True, seconds=SECONDS),
    example=Example(
        arguments={"id": "page 3", "collection": "craft"},
        after=(("vector_add", {**ADD_KILN, "id": "page 3"}),),
        result={"success": True, "deleted": [ID], "collection": "craft"},
        varies=True,
    ),
)
async def vector_delete(
    context: ToolContext,
    *,
    id: Annotated[Short | None, "What to delete: its id, or the name that you gave it"] = None,
    ids: Annotated[list[Short] | None, Field(max_length=100), "Several of them"] = None,
    vector_id: Annotated[Short | None, "The same as id"] = None,
    collection: Annotated[Short, "Where it lies"] = "documents",
) -> dict[str, object]:
    """Delete texts. A person can put them back."""
    realm = await meant(context, COLLECTIONS.get(collection, "private"))
    names = [name for name in (id, vector_id, *(ids or ())) if name]
    if not names:
        raise ToolFailed("Say which: `id`, or `ids`.")
    deleted: list[str] = []
    for name in names:
        item = await named(context, realm, name)
        await realm_of(context, realm).ask(Realm.remove, who_of(context), item)
        deleted.append(str(item))
    return {"success": True, "deleted": deleted, "collection": collection}


@tool(
    category="vector_knowledge",
    facts=READS,
    example=Example(arguments={}, after=WITH_KILN, result=["craft"]),
)
async def vector_list_collections(context: ToolContext) -> list[str]:
    """The names of your collections."""
    async with context.db.as_user(context.user, context.agent) as conn:
        return list(await store.collections(conn, private_realm(context.user, context.agent)))


@tool(
    category="vector_knowledge",
    facts=READS,
    example=Example(
        arguments={"collection": "craft"},
        after=WITH_KILN,
        result={"name": "craft", "count": 1, "model": "all-MiniLM-L6-v2-onnx-int8", "dimension": 384},
    ),
)
async def vector_get_stats(
    context: ToolContext, *, collection: Annotated[Short, "Which"] = "documents"
) -> dict[str, object]:
    """How much a collection holds, and the model of its vectors."""
    kind = COLLECTIONS.get(collection)
    realm = await meant(context, kind or "private")
    async with context.db.as_user(context.user, context.agent) as conn:
        held = await store.count(conn, realm) if kind else (await store.collections(conn, realm)).get(collection, 0)
    embedder = services_of(context).models.embedder()
    return {"name": collection, "count": held, "model": embedder.name, "dimension": embedder.dimension}


@tool(
    category="vector_knowledge",
    facts=READS,
    example=Example(
        arguments={},
        after=WITH_KILN,
        result={"total_vectors": 1, "collection_count": 1, "collections": {"craft": 1}},
    ),
)
async def vector_stats(context: ToolContext) -> dict[str, object]:
    """How much each of your collections holds."""
    async with context.db.as_user(context.user, context.agent) as conn:
        held = await store.collections(conn, private_realm(context.user, context.agent))
    return {"total_vectors": sum(held.values()), "collection_count": len(held), "collections": dict(held)}


@tool(
    category="vector_knowledge",
    facts=READS,
    facts_with=searches,
    example=Example(
        arguments={"collection": "craft"},
        after=WITH_KILN,
        result={"collection": "craft", "count": 1, "items": [SHOWN]},
        varies=True,
    ),
)
async def vector_list(
    context: ToolContext,
    *,
    collection: Annotated[Short | None, "Which; all of yours when not told"] = None,
    limit: Annotated[Some, "How many at most"] = 20,
    include_untrusted: Annotated[bool, "Show what may hold text by strangers too"] = False,
) -> dict[str, object]:
    """What lies in a collection, newest first."""
    kind = COLLECTIONS.get(collection or "knowledge")
    realm = await meant(context, kind or "private")
    async with context.db.as_user(context.user, context.agent) as conn:
        items = await store.of_collection(conn, realm, None if kind else collection, limit=limit)
    shown = [told(item, length=500) for item in items if item.trusted or include_untrusted]
    return {"collection": collection or "all", "count": len(shown), "items": shown}


async def _keep(
    context: ToolContext, text: str, metadata: Metadata, collection: str, name: str | None
) -> dict[str, object]:
    if collection in COLLECTIONS:
        raise ToolFailed(f"{collection} is a realm: use vector_add_knowledge.")
    realm = private_realm(context.user, context.agent)
    external = None if name is None else f"{collection}/{name}"
    draft = Draft(content=text, category=collection[:50], kind=store.DOCUMENT, details=metadata, external_id=external)
    kept = await remember(context, realm, draft)
    if kept.content != text:
        raise ToolFailed(f"{name!r} is there already, with another text: delete it first, or give another id.")
    return {"success": True, "id": str(kept.id), "collection": collection, "text_length": len(text)}


def _near(hit: Hit, *, with_distance: bool) -> dict[str, Any]:
    near: dict[str, Any] = {
        "id": str(hit.knowledge.id),
        "text": hit.knowledge.content,
        "metadata": dict(hit.knowledge.details),
    }
    if with_distance and hit.why.vector is not None:
        score = hit.why.vector.score
        near |= {"distance": round(1 - score, 4), "similarity": round(score, 4)}
    return near


def _holds(wanted: Metadata | None, details: Mapping[str, Any]) -> bool:
    return not wanted or all(details.get(key) == value for key, value in wanted.items())


VECTOR_TOOLS = (
    vector_add,
    vector_store,
    vector_search,
    vector_delete,
    vector_list,
    vector_list_collections,
    vector_get_stats,
    vector_stats,
)
