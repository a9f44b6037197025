"""A person's files."""

from dataclasses import dataclass
from datetime import datetime

from apexaurum.display import Table


@dataclass(frozen=True, kw_only=True)
class File(Table):
    """A file or folder of your workspace."""

    id: str
    path: str
    name: str
    is_folder: bool
    size: int
    media_type: str | None
    is_text: bool
    sha256: str | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, kw_only=True)
class FileMatch(Table):
    """Where a search found its words: in a path, or in a line of a text."""

    file: File
    line: int | None
    snippet: str | None


@dataclass(frozen=True, kw_only=True)
class FileUsage:
    """How much there is, and how much there may be, in bytes and entries."""

    bytes: int
    most_bytes: int
    entries: int
    most_entries: int
    most_file_bytes: int


@dataclass(frozen=True, kw_only=True)
class FileUpload:
    """How far a file is that comes in pieces."""

    id: str
    path: str
    size: int
    received: int
    most_piece_bytes: int
    expires_at: datetime
