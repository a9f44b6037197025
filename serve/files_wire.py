"""The JSON shapes of a person's files."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from sandbox.files import LONGEST_PATH
from serve.wire import Answer, Command

FilePath = Annotated[str, Field(min_length=1, max_length=LONGEST_PATH)]


class FileEntry(Answer):
    """A file or folder of the workspace."""

    id: UUID
    """It stays when the path or the content changes, and when it is deleted and had back."""
    path: str
    """Below the workspace; parts are divided by `/`."""
    name: str
    """The last part of the path."""
    is_folder: bool
    size: int
    """In bytes; 0 for a folder."""
    media_type: str | None
    """What the name says it is; null for a folder."""
    is_text: bool
    """It is UTF-8 text."""
    sha256: str | None
    """Of the content, in hex; null for a folder."""
    created_at: datetime
    updated_at: datetime
    """When the content last changed."""


class FileList(Answer):
    """A part of what a folder holds."""

    folder: str
    """Its path; "" is the workspace itself."""
    entries: list[FileEntry]
    """Folders first."""
    total: int
    """How many the folder has, over all pages."""
    next_cursor: str | None


class FileMatch(Answer):
    """A file or folder whose path has the words, or a line of a text that has them."""

    file: FileEntry
    line: int | None
    """Counted from 1; null where the path has them."""
    snippet: str | None
    """The line, cut around the words."""


class FileSearch(Answer):
    matches: list[FileMatch]
    """Paths first, then lines of the texts that changed last; at most five lines of a file."""
    searched: int
    """Texts that were read."""
    complete: bool
    """Whether everything was searched and told. If not, a narrower folder or other words find more."""


class FileUsage(Answer):
    """How much there is, and how much there may be."""

    bytes: int
    most_bytes: int
    entries: int
    """Files and folders."""
    most_entries: int
    most_file_bytes: int
    """Largest file."""
    kept_bytes: int
    """What was deleted and replaced; it does not count as `bytes`."""
    most_kept_bytes: int
    """Above this, the oldest goes before its time."""
    kept_days: int
    """How long what was deleted or replaced can be had back."""


class Uploaded(Answer):
    files: list[FileEntry]
    """In the order in which they were sent."""


class MakeFolder(Command):
    """Make a folder, and those on the way."""

    path: FilePath


class MoveFile(Command):
    """Give a file or folder another path: rename it, or move it to another folder. Folders on the way are made."""

    path: FilePath


class RestoreFile(Command):
    """Undo a deletion."""

    path: FilePath | None = None
    """Where it goes; where it was when left out."""


class TrashedFile(Answer):
    """A deletion: a file, or a folder with what was in it."""

    file: FileEntry
    bytes: int
    entries: int
    """Files and folders that went with it, itself included."""
    deleted_at: datetime
    expires_at: datetime
    """Until then it can be had back, unless too much is kept."""


class Trash(Answer):
    deletions: list[TrashedFile]
    """The newest first."""
    next_cursor: str | None


class FileVersion(Answer):
    """What a file held until it was replaced."""

    id: UUID
    size: int
    sha256: str
    media_type: str
    is_text: bool
    written_at: datetime
    replaced_at: datetime
    expires_at: datetime


class FileVersions(Answer):
    versions: list[FileVersion]
    """The newest first; at most 1,000."""


class BeginUpload(Command):
    """A file that is to come in pieces."""

    path: FilePath
    size: Annotated[int, Field(ge=0)]
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")] | None = None
    """Of the whole, in hex; what arrives must have it."""
    replace: bool = False
    """Replace what has the path; otherwise that is a conflict."""


class FileUpload(Answer):
    """How far a file is that comes in pieces."""

    id: UUID
    path: str
    size: int
    received: int
    """Bytes that are there: the next piece begins here."""
    most_piece_bytes: int
    expires_at: datetime
    """What is not complete by then is given up."""
