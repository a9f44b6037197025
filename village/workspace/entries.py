"""What a workspace holds: files and folders, what files held before, what was deleted, and how much there may be."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import PurePosixPath
from typing import Literal, NewType
from uuid import UUID

from sandbox.files import FileFacts

MIB = 1024 * 1024
FileId = NewType("FileId", UUID)
"""Of a file or folder; it stays when the path changes."""
VersionId = NewType("VersionId", UUID)
UploadId = NewType("UploadId", UUID)
Order = Literal["name", "modified", "size"]
KEPT = timedelta(days=7)
"""How long what was replaced or deleted can be had back."""
UPLOAD_KEPT = timedelta(days=1)
"""How long a file may take to come in pieces."""


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """How much one person may keep."""

    bytes: int = 1024 * MIB
    """Of all files together."""
    file_bytes: int = 64 * MIB
    entries: int = 20_000
    """Files and folders."""
    kept_bytes: int = 1024 * MIB
    """Of what was replaced or deleted; the oldest goes before its time when there is more."""
    kept_entries: int = 20_000
    leftover_bytes: int = 2048 * MIB
    """Of objects that no file holds, at once."""
    piece_bytes: int = 8 * MIB
    """Of a file that comes in pieces, each."""
    uploads: int = 20
    """Files that come in pieces at once."""


BOUNDS = Bounds()


@dataclass(frozen=True, kw_only=True)
class Content:
    """What a file holds, without its bytes."""

    size: int
    sha256: bytes
    media_type: str
    """What its name says it is. A browser is told something else if the bytes disagree."""
    is_text: bool
    """UTF-8 without U+0000."""
    object_name: str


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A file or folder."""

    id: FileId
    path: str
    is_folder: bool
    size: int
    sha256: bytes | None
    media_type: str | None
    is_text: bool
    object_name: str | None
    created_at: datetime
    updated_at: datetime

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("/")[2]

    @property
    def extension(self) -> str:
        """The ending of the name, such as `.txt`; "" if it has none."""
        return PurePosixPath(self.path).suffix

    def facts(self) -> FileFacts:
        """What tools see of it."""
        return FileFacts(path=self.path, size=self.size, modified=self.updated_at, is_folder=self.is_folder)


@dataclass(frozen=True, kw_only=True)
class Version:
    """What a file held until it was replaced."""

    id: VersionId
    file_id: FileId
    size: int
    sha256: bytes
    media_type: str
    is_text: bool
    object_name: str
    written_at: datetime
    replaced_at: datetime


@dataclass(frozen=True, kw_only=True)
class Trashed:
    """A deletion: a file, or a folder with what was in it."""

    entry: Entry
    deleted_at: datetime
    bytes: int
    entries: int
    """Files and folders that went with it, itself included."""


@dataclass(frozen=True, kw_only=True)
class Usage:
    """How much there is."""

    bytes: int
    entries: int
    """Files and folders."""
    folders: int
    kept_bytes: int


@dataclass(frozen=True, kw_only=True)
class Upload:
    """A file that comes in pieces. `sha256` is what the whole is to be, if the sender said."""

    id: UploadId
    path: str
    size: int
    sha256: bytes | None
    may_replace: bool
    received: int = 0
    pieces: Sequence[str] = ()
    expires_at: datetime
