"""Realms, threads and files over MCP, as resources: `apexaurum://realms/<id>`, `…/threads/<id>`, `…/files/<path>`."""

import base64
from collections.abc import Sequence
from urllib.parse import quote, unquote, urlsplit
from uuid import UUID

import mcp_types as mcp
import orjson

from cluster.errors import Invalid, TooLarge
from cluster.ids import RealmId, ThreadId
from serve.conversations import cursors
from serve.mcp.caller import Caller
from serve.village import knowledge, realms
from village.knowledge.listing import Wanted
from village.threads import store as threads
from village.workspace.workspace import Workspace

SCHEME = "apexaurum"
PAGE = 200
MOST_STATEMENTS = 100
MOST_BYTES = 1024 * 1024
"""Of a file that is read whole."""
JSON = "application/json"


class ResourceMissing(Invalid):
    """There is no resource of this address."""


async def listed(caller: Caller, cursor: str | None) -> mcp.ListResourcesResult:
    """A page of the realms, their threads, and the files."""
    skip = cursors.count_of(cursor) if cursor else 0
    found = [*await _realms(caller), *await _threads(caller), *await _files(caller)]
    end = skip + PAGE
    return mcp.ListResourcesResult(
        resources=found[skip:end], next_cursor=cursors.after_count(end) if end < len(found) else None
    )


def templates() -> mcp.ListResourceTemplatesResult:
    """How addresses are made."""
    return mcp.ListResourceTemplatesResult(
        resource_templates=[
            mcp.ResourceTemplate(
                name="realm",
                uri_template=f"{SCHEME}://realms/{{realm_id}}",
                description="A realm, and what is known there, the newest first.",
                mime_type=JSON,
            ),
            mcp.ResourceTemplate(
                name="thread",
                uri_template=f"{SCHEME}://threads/{{thread_id}}",
                description="A thread and its statements.",
                mime_type=JSON,
            ),
            mcp.ResourceTemplate(
                name="file", uri_template=f"{SCHEME}://files/{{+path}}", description="A file of the workspace."
            ),
        ]
    )


async def read(caller: Caller, uri: str) -> mcp.ReadResourceResult:
    """What a resource holds. Raises ResourceMissing, NotFound, TooLarge."""
    parts = urlsplit(uri)
    rest = unquote(parts.path.removeprefix("/"))
    if parts.scheme == SCHEME and rest:
        match parts.netloc:
            case "realms":
                return _json(uri, await _realm(caller, _id(rest)))
            case "threads":
                return _json(uri, await _thread(caller, _id(rest)))
            case "files":
                return mcp.ReadResourceResult(contents=[await _file(caller, uri, rest)])
            case _:
                pass
    raise ResourceMissing


async def _realms(caller: Caller) -> Sequence[mcp.Resource]:
    found = await realms.listed(caller.live.services, caller.user)
    return [
        mcp.Resource(
            name=realm.name,
            uri=f"{SCHEME}://realms/{realm.id}",
            description=realm.description or f"What is known in this {realm.kind}.",
            mime_type=JSON,
        )
        for realm in found.realms
    ]


async def _threads(caller: Caller) -> Sequence[mcp.Resource]:
    async with caller.live.services.db.as_user(caller.user) as conn:
        found = await threads.listed(conn, realm=None, archived=False)
    return [
        mcp.Resource(
            name=thread.name,
            title=thread.title or None,
            uri=f"{SCHEME}://threads/{thread.id}",
            description=f"A thread of {thread.count} statements.",
            mime_type=JSON,
        )
        for thread in found
    ]


async def _files(caller: Caller) -> Sequence[mcp.Resource]:
    found = await _workspace(caller).list(recursive=True)
    return [
        mcp.Resource(name=file.path, uri=f"{SCHEME}://files/{quote(file.path)}", size=file.size)
        for file in found
        if not file.is_folder
    ]


async def _realm(caller: Caller, id: UUID) -> object:
    services, user = caller.live.services, caller.user
    detail = await realms.detail(services, user, RealmId(id))
    known = await knowledge.page(services, user, Wanted(realm=RealmId(id)), cursor=None, limit=MOST_STATEMENTS)
    return {
        "realm": detail.realm.model_dump(mode="json"),
        "knowledge": [hit.knowledge.model_dump(mode="json") for hit in known.hits],
    }


async def _thread(caller: Caller, id: UUID) -> object:
    async with caller.live.services.db.as_user(caller.user) as conn:
        thread = await threads.find(conn, ThreadId(id))
        said = await threads.statements(conn, thread, after=None, limit=MOST_STATEMENTS)
    return {
        "name": thread.name,
        "title": thread.title,
        "realm_id": str(thread.realm_id),
        "statements": [knowledge.shape(one).model_dump(mode="json") for one in said],
    }


async def _file(caller: Caller, uri: str, path: str) -> mcp.TextResourceContents | mcp.BlobResourceContents:
    workspace = _workspace(caller)
    entry = await workspace.at(path)
    if entry.is_folder:
        raise ResourceMissing
    if entry.size > MOST_BYTES:
        raise TooLarge(f"a file that is read whole has at most {MOST_BYTES} bytes")
    data = await workspace.content(entry)
    if entry.is_text:
        return mcp.TextResourceContents(uri=uri, mime_type=entry.media_type, text=data.decode(errors="replace"))
    return mcp.BlobResourceContents(uri=uri, mime_type=entry.media_type, blob=base64.b64encode(data).decode())


def _workspace(caller: Caller) -> Workspace:
    return Workspace(caller.live.services.db, caller.live.services.objects, caller.user)


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise ResourceMissing from None


def _json(uri: str, value: object) -> mcp.ReadResourceResult:
    text = orjson.dumps(value).decode()
    return mcp.ReadResourceResult(contents=[mcp.TextResourceContents(uri=uri, mime_type=JSON, text=text)])
