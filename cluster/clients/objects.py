"""Object storage by fsspec: a prefix for each user, on S3 or in a folder."""

import asyncio
from collections.abc import Callable
from typing import Any, cast

import fsspec

from cluster.errors import NotFound, SettingsError
from cluster.ids import UserId
from cluster.settings import Settings


class Objects:
    """Bytes by name. Names never leave the prefix of the user they belong to."""

    def __init__(self, settings: Settings) -> None:
        if settings.objects_url is None:
            raise SettingsError("APEX_OBJECTS_URL is not set; `apex up` sets it to a folder in APEX_HOME")
        url_to_fs = cast("Callable[[str], tuple[Any, str]]", fsspec.core.url_to_fs)  # pyright: ignore[reportUnknownMemberType]
        fs, root = url_to_fs(settings.objects_url)
        self._fs = fs
        self._root = root.rstrip("/")

    async def put(self, user: UserId, name: str, data: bytes) -> None:
        """Store bytes under a name, replacing what was there."""
        path = self._path(user, name)
        await asyncio.to_thread(self._write, path, data)

    async def get(self, user: UserId, name: str, start: int | None = None, end: int | None = None) -> bytes:
        """The bytes of a name, or those from `start` up to but not with `end`. Raises NotFound."""
        try:
            return await asyncio.to_thread(self._fs.cat_file, self._path(user, name), start=start, end=end)
        except FileNotFoundError as error:
            raise NotFound from error

    async def delete(self, user: UserId, name: str) -> None:
        """Forget a name; forgetting what is not there is fine."""
        try:
            await asyncio.to_thread(self._fs.rm_file, self._path(user, name))
        except FileNotFoundError:
            return

    def _write(self, path: str, data: bytes) -> None:
        self._fs.makedirs(path.rpartition("/")[0], exist_ok=True)
        self._fs.pipe_file(path, data)

    def _path(self, user: UserId, name: str) -> str:
        parts = name.split("/")
        if not all(parts) or any(part in (".", "..") for part in parts):
            raise NotFound(f"not a name of an object: {name!r}")
        return f"{self._root}/users/{user}/{name}"
