"""Files to attach to messages: taken, recognised by their bytes, kept, and given back so that no browser runs them."""

from typing import Annotated
from uuid import UUID, uuid5

from fastapi import APIRouter, File, Header, Request, Response, UploadFile

from actors.stores import attachments
from cluster.errors import NotFound
from cluster.ids import AttachmentId, UserId, new_id
from serve import wire
from serve.file_kinds import clean_name
from serve.files.attached import keep
from serve.files.downloads import HARMLESS, disposition
from serve.guards import CurrentUser, OpenServices, limits_of, note_allowance, within
from serve.limits import UPLOAD

router = APIRouter(prefix="/chat/attachments", tags=["chat"], dependencies=[within("chat")])

IdempotencyKey = Annotated[str | None, Header(min_length=1, max_length=200)]


@router.post("", status_code=201, form_limits={"max_files": 1, "max_fields": 0})
async def attach(
    request: Request,
    file: Annotated[UploadFile, File(description="One image, text file or PDF.")],
    user: CurrentUser,
    services: OpenServices,
    idempotency_key: IdempotencyKey = None,
) -> wire.Attachment:
    """Keep a file, to be named in a message: PNG, JPEG, GIF, WebP up to 5 MiB, UTF-8 text to 512 KiB, PDF to 10 MiB.

    With an `Idempotency-Key`, sending the same file again answers the attachment that is there.
    """
    note_allowance(request, await limits_of(request).take(UPLOAD, f"user:{user}"))
    name = clean_name(file.filename)
    data = await file.read()
    kept = await keep(services, user, _id(user, idempotency_key), name=name, data=data)
    return wire.Attachment.model_validate(kept)


@router.get("/{attachment_id}/content", response_class=Response)
async def content(attachment_id: UUID, request: Request, user: CurrentUser, services: OpenServices) -> Response:
    """The file's bytes."""
    async with services.db.as_user(user) as conn:
        found = await attachments.one(conn, AttachmentId(attachment_id))
    if found is None:
        raise NotFound
    headers = {
        "ETag": f'"{found.sha256.hex()}"',
        "Cache-Control": "private, max-age=31536000, immutable",
        "Content-Disposition": disposition("inline" if found.kind == "image" else "attachment", found.name),
        "Content-Security-Policy": HARMLESS,
    }
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    data = await services.objects.get(user, found.object_name)
    media_type = "text/plain; charset=utf-8" if found.kind == "text" else found.media_type
    return Response(data, media_type=media_type, headers=headers)


def _id(user: UserId, key: str | None) -> AttachmentId:
    return AttachmentId(uuid5(user, f"attachment:{key}") if key else new_id())
