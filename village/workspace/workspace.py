"""A person's files, as tools and the door see them."""

from collections.abc import Mapping, Sequence

from cluster.clients.objects import Objects
from cluster.clients.postgres import Database
from cluster.errors import Unavailable
from cluster.ids import UserId
from sandbox.files import FileFacts


class Workspace:
    """One person's files; implements `sandbox.files.Files`."""

    def __init__(self, db: Database, objects: Objects, user: UserId) -> None:
        self._db = db
        self._objects = objects
        self._user = user

    async def read(self, path: str) -> bytes:
        """A file's content."""
        raise Unavailable

    async def facts(self, path: str) -> FileFacts | None:
        """What is at a path, or None."""
        raise Unavailable

    async def list(self, folder: str = "", *, recursive: bool = False) -> Sequence[FileFacts]:
        """What a folder holds, by path."""
        raise Unavailable

    async def write(self, files: Mapping[str, bytes]) -> Sequence[FileFacts]:
        """Write these, all or none."""
        raise Unavailable

    async def make_folder(self, path: str) -> FileFacts:
        """Make a folder and those on the way."""
        raise Unavailable

    async def move(self, path: str, to: str) -> FileFacts:
        """Give a file or folder another path."""
        raise Unavailable

    async def delete(self, path: str, *, recursive: bool = False) -> None:
        """Delete a file or folder."""
        raise Unavailable
