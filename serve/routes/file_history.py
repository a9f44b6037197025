"""What a person can have back of their files: deletions in the trash, and what files held before."""

from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from cluster.ids import UserId
from cluster.services import Services
from serve import files_wire as wire
from serve.conversations import cursors
from serve.files.downloads import download
from serve.files.shapes import entry_of, trashed_of, version_of
from serve.guards import CurrentUser, OpenServices, within
from village.workspace.entries import FileId, VersionId
from village.workspace.history import History
from village.workspace.workspace import Workspace

router = APIRouter(prefix="/files", tags=["files"], dependencies=[within("files")])


class TrashQuery(BaseModel):
    """Which page of the trash."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    limit: Annotated[int, Field(ge=1, le=1000)] = 200
    cursor: Annotated[str, Field(max_length=200)] | None = None
    """`next_cursor` of the page before."""


@router.get("/trash")
async def list_trash(user: CurrentUser, services: OpenServices, query: Annotated[TrashQuery, Query()]) -> wire.Trash:
    """What was deleted in the last seven days, the newest first."""
    skip = cursors.count_of(query.cursor) if query.cursor else 0
    found = await _history(services, user).trash(skip=skip, limit=query.limit + 1)
    return wire.Trash(
        deletions=[trashed_of(each) for each in found[: query.limit]],
        next_cursor=cursors.after_count(skip + query.limit) if len(found) > query.limit else None,
    )


@router.delete("/trash", status_code=204)
async def empty_trash(user: CurrentUser, services: OpenServices) -> None:
    """Drop everything in the trash for good."""
    await _history(services, user).empty()


@router.post("/trash/{trashed_id}/restore")
async def restore_file(
    trashed_id: UUID, user: CurrentUser, services: OpenServices, command: wire.RestoreFile | None = None
) -> wire.FileEntry:
    """Undo a deletion, at another path perhaps. If something has the path already, that is a conflict."""
    path = None if command is None else command.path
    return entry_of(await _history(services, user).undelete(FileId(trashed_id), path))


@router.delete("/trash/{trashed_id}", status_code=204)
async def forget_file(trashed_id: UUID, user: CurrentUser, services: OpenServices) -> None:
    """Drop one deletion for good."""
    await _history(services, user).forget(FileId(trashed_id))


@router.get("/{file_id}/versions")
async def file_versions(file_id: UUID, user: CurrentUser, services: OpenServices) -> wire.FileVersions:
    """What a file held in the last seven days, the newest first."""
    found = await _history(services, user).versions(FileId(file_id))
    return wire.FileVersions(versions=[version_of(version) for version in found])


@router.get("/{file_id}/versions/{version_id}/content", response_class=Response)
async def version_content(
    file_id: UUID, version_id: UUID, request: Request, user: CurrentUser, services: OpenServices
) -> Response:
    """The bytes of a version."""
    history = _history(services, user)
    entry, version = await history.version(FileId(file_id), VersionId(version_id))
    return await download(
        request,
        partial(history.content, version),
        name=entry.name,
        size=version.size,
        sha256=version.sha256,
        is_text=version.is_text,
        forever=True,
    )


@router.post("/{file_id}/versions/{version_id}/restore")
async def restore_version(file_id: UUID, version_id: UUID, user: CurrentUser, services: OpenServices) -> wire.FileEntry:
    """Let a file hold this again. What it holds now becomes a version."""
    return entry_of(await _history(services, user).restore(FileId(file_id), VersionId(version_id)))


def _history(services: Services, user: UserId) -> History:
    return History(Workspace(services.db, services.objects, user).place)
