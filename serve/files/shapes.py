"""A person's files as JSON."""

from serve import files_wire as wire
from village.workspace.entries import BOUNDS, KEPT, Bounds, Entry, Trashed, Upload, Usage, Version
from village.workspace.search import Findings


def entry_of(entry: Entry) -> wire.FileEntry:
    """A file or folder."""
    return wire.FileEntry(
        id=entry.id,
        path=entry.path,
        name=entry.name,
        is_folder=entry.is_folder,
        size=entry.size,
        media_type=entry.media_type,
        is_text=entry.is_text,
        sha256=entry.sha256.hex() if entry.sha256 is not None else None,
        created_at=entry.created_at,
        updated_at=entry.updated_at,
    )


def trashed_of(trashed: Trashed) -> wire.TrashedFile:
    """A deletion."""
    return wire.TrashedFile(
        file=entry_of(trashed.entry),
        bytes=trashed.bytes,
        entries=trashed.entries,
        deleted_at=trashed.deleted_at,
        expires_at=trashed.deleted_at + KEPT,
    )


def version_of(version: Version) -> wire.FileVersion:
    """What a file held."""
    return wire.FileVersion(
        id=version.id,
        size=version.size,
        sha256=version.sha256.hex(),
        media_type=version.media_type,
        is_text=version.is_text,
        written_at=version.written_at,
        replaced_at=version.replaced_at,
        expires_at=version.replaced_at + KEPT,
    )


def search_of(findings: Findings) -> wire.FileSearch:
    """What a search found."""
    matches = [
        wire.FileMatch(file=entry_of(found.entry), line=found.line, snippet=found.snippet) for found in findings.found
    ]
    return wire.FileSearch(matches=matches, searched=findings.searched, complete=findings.complete)


def usage_of(usage: Usage, bounds: Bounds) -> wire.FileUsage:
    """How much there is, and may be."""
    return wire.FileUsage(
        bytes=usage.bytes,
        most_bytes=bounds.bytes,
        entries=usage.entries,
        most_entries=bounds.entries,
        most_file_bytes=bounds.file_bytes,
        kept_bytes=usage.kept_bytes,
        most_kept_bytes=bounds.kept_bytes,
        kept_days=KEPT.days,
    )


def upload_of(upload: Upload) -> wire.FileUpload:
    """A file that comes in pieces."""
    return wire.FileUpload(
        id=upload.id,
        path=upload.path,
        size=upload.size,
        received=upload.received,
        most_piece_bytes=BOUNDS.piece_bytes,
        expires_at=upload.expires_at,
    )
