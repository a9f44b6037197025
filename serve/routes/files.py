"""A person's files: lists, search, facts, bytes, uploads, folders, moves and deletions."""

from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, File, Header, Query, Request, Response, UploadFile
from pydantic import BaseModel, ConfigDict, Field

from cluster.errors import NotFound
from sandbox.files import LONGEST_PATH, plain
from serve import files_wire as wire
from serve.conversations import cursors
from serve.files import uploads
from serve.files.downloads import download
from serve.files.shapes import entry_of, search_of, usage_of
from serve.guards import CurrentUser, OpenServices, TheLimits, note_allowance, within
from serve.limits import FILE_SEARCHES, UPLOAD
from village.workspace.entries import FileId, Order
from village.workspace.search import search
from village.workspace.workspace import Workspace

router = APIRouter(prefix="/files", tags=["files"], dependencies=[within("files")])
Folder = Annotated[str, Field(max_length=LONGEST_PATH)]
IdempotencyKey = Annotated[
    str | None,
    Header(min_length=1, max_length=200, description="Sent twice within a day, the files are written once."),
]


class FilesQuery(BaseModel):
    """Which folder to list, and how."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    folder: Folder = ""
    """Its path; the workspace itself when left out."""
    sort: Order = "name"
    """Folders come first. By name from A to Z, by `modified` or `size` the latest or largest first."""
    limit: Annotated[int, Field(ge=1, le=1000)] = 200
    cursor: Annotated[str, Field(max_length=200)] | None = None
    """`next_cursor` of the page before."""


class FileSearchQuery(BaseModel):
    """What to find, and where."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    q: Annotated[str, Field(min_length=1, max_length=200)]
    """What paths or lines of texts have in them, whatever the case."""
    folder: Folder = ""
    """Search below this folder."""
    contents: bool = True
    """Search in texts too."""
    limit: Annotated[int, Field(ge=1, le=200)] = 50


@router.get("")
async def list_files(user: CurrentUser, services: OpenServices, query: Annotated[FilesQuery, Query()]) -> wire.FileList:
    """What a folder holds."""
    skip = cursors.count_of(query.cursor) if query.cursor else 0
    workspace = Workspace(services.db, services.objects, user)
    page, total = await workspace.page(query.folder, query.sort, skip=skip, limit=query.limit)
    end = skip + len(page)
    return wire.FileList(
        folder=plain(query.folder),
        entries=[entry_of(entry) for entry in page],
        total=total,
        next_cursor=cursors.after_count(end) if page and end < total else None,
    )


@router.post("", status_code=201, form_limits={"max_files": uploads.MOST_FILES, "max_fields": 0})
async def upload_files(
    request: Request,
    files: Annotated[list[UploadFile], File(description="Up to 100 files, 65 MiB together, 64 MiB each.")],
    user: CurrentUser,
    services: OpenServices,
    limits: TheLimits,
    folder: Annotated[str, Query(max_length=LONGEST_PATH, description="Where they go; made if it is missing.")] = "",
    replace: Annotated[
        bool, Query(description="Replace what has the same name; otherwise that is a conflict.")
    ] = False,
    idempotency_key: IdempotencyKey = None,
) -> wire.Uploaded:
    """Keep files, all or none. What is replaced is kept as a version."""
    note_allowance(request, await limits.take(UPLOAD, f"user:{user}"))
    workspace = Workspace(services.db, services.objects, user)
    received = await uploads.received(folder, files)
    return await uploads.keep(services, workspace, received, replace=replace, key=idempotency_key)


@router.get("/search")
async def search_files(
    request: Request,
    user: CurrentUser,
    services: OpenServices,
    limits: TheLimits,
    query: Annotated[FileSearchQuery, Query()],
) -> wire.FileSearch:
    """Files and folders by their paths, and lines of texts. Bounded: `complete` says whether all was searched."""
    note_allowance(request, await limits.take(FILE_SEARCHES, f"user:{user}"))
    workspace = Workspace(services.db, services.objects, user)
    return search_of(await search(workspace, query.q, folder=query.folder, contents=query.contents, limit=query.limit))


@router.get("/usage")
async def file_usage(user: CurrentUser, services: OpenServices) -> wire.FileUsage:
    """How much there is, and how much there may be."""
    workspace = Workspace(services.db, services.objects, user)
    return usage_of(await workspace.usage(), workspace.place.bounds)


@router.get("/at")
async def file_at(
    user: CurrentUser, services: OpenServices, path: Annotated[str, Query(min_length=1, max_length=LONGEST_PATH)]
) -> wire.FileEntry:
    """What lies at a path."""
    return entry_of(await Workspace(services.db, services.objects, user).at(path))


@router.post("/folders", status_code=201)
async def make_folder(command: wire.MakeFolder, user: CurrentUser, services: OpenServices) -> wire.FileEntry:
    """Make a folder, and those on the way. One that is there is answered as it is."""
    return entry_of(await Workspace(services.db, services.objects, user).add_folder(command.path))


@router.get("/{file_id}")
async def one_file(file_id: UUID, user: CurrentUser, services: OpenServices) -> wire.FileEntry:
    """A file or folder."""
    return entry_of(await Workspace(services.db, services.objects, user).one(FileId(file_id)))


@router.get("/{file_id}/content", response_class=Response)
async def file_content(file_id: UUID, request: Request, user: CurrentUser, services: OpenServices) -> Response:
    """A file's bytes. Images may be shown by a browser, everything else is for saving."""
    workspace = Workspace(services.db, services.objects, user)
    entry = await workspace.one(FileId(file_id))
    if entry.sha256 is None:
        raise NotFound("this is a folder")
    return await download(
        request,
        partial(workspace.content, entry),
        name=entry.name,
        size=entry.size,
        sha256=entry.sha256,
        is_text=entry.is_text,
        forever=False,
    )


@router.patch("/{file_id}")
async def move_file(file_id: UUID, command: wire.MoveFile, user: CurrentUser, services: OpenServices) -> wire.FileEntry:
    """Rename a file or folder, or move it. If something has the path already, that is a conflict."""
    return entry_of(await Workspace(services.db, services.objects, user).move_one(FileId(file_id), command.path))


@router.delete("/{file_id}", status_code=204)
async def delete_file(
    file_id: UUID,
    user: CurrentUser,
    services: OpenServices,
    recursive: Annotated[
        bool, Query(description="Delete a folder with all in it; otherwise it must be empty.")
    ] = False,
) -> None:
    """Delete a file or folder. `POST /files/trash/{id}/restore` with the same id undoes it for seven days."""
    await Workspace(services.db, services.objects, user).delete_one(FileId(file_id), recursive=recursive)
