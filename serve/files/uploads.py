"""Takes what a browser uploads into a folder of the workspace: all of it or nothing, and once if it is sent twice."""

import hashlib
import json
from collections.abc import Mapping, Sequence

from fastapi import UploadFile

from cluster.errors import Invalid
from cluster.services import Services
from serve import files_wire as wire
from serve.files.shapes import entry_of
from serve.tools.once import Once
from village.workspace.entries import BOUNDS, MIB
from village.workspace.workspace import Workspace

MOST_FILES = 100
MOST_UPLOADED = BOUNDS.file_bytes + MIB
"""Bytes of an upload: one largest file, or many small ones, with what lies between them in the body."""
SECONDS = 60.0
"""How long a repeated upload waits for its first, at most."""


async def received(folder: str, files: Sequence[UploadFile]) -> dict[str, bytes]:
    """The files by the paths that they are to have. Raises Invalid for a file without a name."""
    found: dict[str, bytes] = {}
    for file in files:
        path = f"{folder}/{_name(file)}"
        if path in found:
            raise Invalid("two of these files have the same name")
        found[path] = await file.read()
    return found


async def keep(
    services: Services, workspace: Workspace, files: Mapping[str, bytes], *, replace: bool, key: str | None
) -> wire.Uploaded:
    """Keep them all. With a key, the same upload is answered as the first time for a day."""

    async def work() -> wire.Uploaded:
        kept = await workspace.put(files, replace=replace)
        return wire.Uploaded(files=[entry_of(entry) for entry in kept])

    if key is None:
        return await work()

    async def written() -> bytes:
        return (await work()).model_dump_json().encode()

    told = {path: hashlib.sha256(data).hexdigest() for path, data in files.items()}
    request = json.dumps([replace, told], sort_keys=True).encode()
    once = Once(services.redis, workspace.place.user, f"files:{key}", request)
    return wire.Uploaded.model_validate_json(await once.run(written, seconds=SECONDS))


def _name(file: UploadFile) -> str:
    """The last part of what the browser calls the file: some tell the folders of the sender's disk too."""
    name = (file.filename or "").replace("\\", "/").rpartition("/")[2]
    if not name.strip(" .") and set(name) <= {".", " "}:
        raise Invalid("a file needs a name")
    return name
