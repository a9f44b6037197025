"""A person's files as tools see them: paths below one folder, bytes, and what is known of each.

Where they are kept is decided above: a tool never knows, and nothing here can reach another person's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from cluster.errors import Invalid

LONGEST_PATH, LONGEST_NAME, DEEPEST = 500, 120, 16
"""Characters of a path and of one of its parts, and how many parts it has at most."""


@dataclass(frozen=True, kw_only=True)
class FileFacts:
    """What is known of a file or folder without reading it."""

    path: str
    """Below the workspace, such as `reports/june.csv`; parts are divided by `/`, none is empty, `.` or `..`."""
    size: int
    """In bytes; 0 for a folder."""
    modified: datetime
    is_folder: bool = False


class Files(Protocol):
    """One person's workspace.

    All methods take paths as people write them: `./a//b/` and `/a/b` mean `a/b`, and "" and "." the workspace itself.
    They raise Invalid for a path that leaves the workspace, and NotFound for one that is not there.
    """

    async def read(self, path: str) -> bytes:
        """A file's content."""
        ...

    async def facts(self, path: str) -> FileFacts | None:
        """What is at a path, or None."""
        ...

    async def list(self, folder: str = "", *, recursive: bool = False) -> Sequence[FileFacts]:
        """What a folder holds, by path; folders are entries of their own."""
        ...

    async def write(self, files: Mapping[str, bytes]) -> Sequence[FileFacts]:
        """Write these, all or none, with the folders on the way; what was there before is kept as a version.

        Raises Invalid when they exceed what the person may keep, Conflict where a folder has the name.
        """
        ...

    async def make_folder(self, path: str) -> FileFacts:
        """Make a folder and those on the way; one that is there is fine. Raises Conflict where a file has the name."""
        ...

    async def move(self, path: str, to: str) -> FileFacts:
        """Give a file or folder another path. Raises Conflict if something is there."""
        ...

    async def delete(self, path: str, *, recursive: bool = False) -> None:
        """Delete a file, or a folder: with all in it if `recursive`, otherwise Conflict unless it is empty."""
        ...


def plain(path: str) -> str:
    """A path in its one form: `./a//b/` and `/a/b` are `a/b`, the workspace itself is "". Raises Invalid."""
    parts = [part for part in path.split("/") if part not in ("", ".")]
    made = "/".join(parts)
    if ".." in parts:
        raise Invalid(f"not a path below the workspace: {path!r}")
    if not made.isprintable() or "\\" in made:
        raise Invalid(f"a path has no backslashes, line ends or control characters: {path!r}")
    if len(made) > LONGEST_PATH or len(parts) > DEEPEST or max(map(len, parts), default=0) > LONGEST_NAME:
        raise Invalid(
            f"a path has at most {LONGEST_PATH} characters in {DEEPEST} parts of {LONGEST_NAME} each: {path[:80]!r}…"
        )
    return made
