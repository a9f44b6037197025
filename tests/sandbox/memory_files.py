"""A workspace that is only remembered: what tools that run in a jail need of one."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from cluster.errors import Conflict, NotFound
from sandbox.files import FileFacts, plain

THEN = datetime(2026, 11, 23, tzinfo=UTC)


class MemoryFiles:
    """Implements `sandbox.files.Files`."""

    def __init__(self, files: Mapping[str, bytes] | None = None) -> None:
        self.contents = dict(files or {})
        self.folders: set[str] = set()

    async def read(self, path: str) -> bytes:
        """A file's content."""
        try:
            return self.contents[plain(path)]
        except KeyError:
            raise NotFound(f"there is no file {path!r}") from None

    async def facts(self, path: str) -> FileFacts | None:
        """What is at a path, or None."""
        name = plain(path)
        if name in self.contents:
            return FileFacts(path=name, size=len(self.contents[name]), modified=THEN)
        is_folder = name in self.folders or any(each.startswith(f"{name}/") for each in self.contents)
        return FileFacts(path=name, size=0, modified=THEN, is_folder=True) if is_folder else None

    async def list(self, folder: str = "", *, recursive: bool = False) -> Sequence[FileFacts]:
        """What a folder holds, by path."""
        prefix = f"{plain(folder)}/" if plain(folder) else ""
        names = {*self.contents, *self.folders}
        names |= {"/".join(name.split("/")[:depth]) for name in names for depth in range(1, name.count("/") + 1)}
        within = sorted(name for name in names if name.startswith(prefix) and name != prefix)
        wanted = [name for name in within if recursive or "/" not in name.removeprefix(prefix)]
        return [facts for name in wanted if (facts := await self.facts(name))]

    async def write(self, files: Mapping[str, bytes]) -> Sequence[FileFacts]:
        """Write these."""
        self.contents.update({plain(name): content for name, content in files.items()})
        return [FileFacts(path=plain(name), size=len(content), modified=THEN) for name, content in files.items()]

    async def make_folder(self, path: str) -> FileFacts:
        """Make a folder."""
        self.folders.add(plain(path))
        return FileFacts(path=plain(path), size=0, modified=THEN, is_folder=True)

    async def move(self, path: str, to: str) -> FileFacts:
        """Give a file another path."""
        if plain(to) in self.contents:
            raise Conflict(f"there is a file {to!r}")
        self.contents[plain(to)] = await self.read(path)
        del self.contents[plain(path)]
        return FileFacts(path=plain(to), size=len(self.contents[plain(to)]), modified=THEN)

    async def delete(self, path: str, *, recursive: bool = False) -> None:
        """Delete a file."""
        await self.read(path)
        del self.contents[plain(path)]
