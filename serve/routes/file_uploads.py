"""Files that come in pieces: begun, sent piece by piece, gone on with after a lost connection, and completed."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request

from cluster.ids import UserId
from cluster.services import Services
from serve import files_wire as wire
from serve.files.shapes import entry_of, upload_of
from serve.guards import CurrentUser, OpenServices, TheLimits, note_allowance, within
from serve.limits import PIECES, UPLOAD
from village.workspace.entries import UploadId
from village.workspace.pieces import Pieces
from village.workspace.workspace import Workspace

router = APIRouter(prefix="/files/uploads", tags=["files"], dependencies=[within("files")])
PIECE: dict[str, Any] = {
    "requestBody": {
        "description": "At most 8 MiB.",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}
Digest = Annotated[str | None, Query(pattern="^[0-9a-f]{64}$", description="Of the piece, in hex.")]


@router.post("", status_code=201)
async def begin_upload(
    request: Request, command: wire.BeginUpload, user: CurrentUser, services: OpenServices, limits: TheLimits
) -> wire.FileUpload:
    """Make room for a file of up to 64 MiB. It has a day to come; at most 20 may come at once."""
    note_allowance(request, await limits.take(UPLOAD, f"user:{user}"))
    sha256 = None if command.sha256 is None else bytes.fromhex(command.sha256)
    begun = await _pieces(services, user).begin(command.path, command.size, sha256=sha256, replace=command.replace)
    return upload_of(begun)


@router.get("/{upload_id}")
async def one_upload(upload_id: UUID, user: CurrentUser, services: OpenServices) -> wire.FileUpload:
    """How far it is: where the next piece begins."""
    return upload_of(await _pieces(services, user).one(UploadId(upload_id)))


@router.put("/{upload_id}", openapi_extra=PIECE)
async def send_piece(
    request: Request,
    upload_id: UUID,
    user: CurrentUser,
    services: OpenServices,
    limits: TheLimits,
    offset: Annotated[int, Query(ge=0, description="Where it begins: what was received so far.")] = 0,
    sha256: Digest = None,
) -> wire.FileUpload:
    """Send the next piece. 409 `wrong-offset` when it is not the next: ask how far the upload is, and go on there."""
    note_allowance(request, await limits.take(PIECES, f"user:{user}"))
    data = await request.body()
    digest = None if sha256 is None else bytes.fromhex(sha256)
    return upload_of(await _pieces(services, user).receive(UploadId(upload_id), offset, data, sha256=digest))


@router.post("/{upload_id}/complete")
async def complete_upload(upload_id: UUID, user: CurrentUser, services: OpenServices) -> wire.FileEntry:
    """Make a file of all pieces. What it replaces is kept as a version."""
    return entry_of(await _pieces(services, user).complete(UploadId(upload_id)))


@router.delete("/{upload_id}", status_code=204)
async def drop_upload(upload_id: UUID, user: CurrentUser, services: OpenServices) -> None:
    """Give it up: its room is free again."""
    await _pieces(services, user).drop(UploadId(upload_id))


def _pieces(services: Services, user: UserId) -> Pieces:
    return Pieces(Workspace(services.db, services.objects, user))
