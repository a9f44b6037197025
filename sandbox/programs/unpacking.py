"""Archives by strangers, before anything in them is unpacked: Word and Excel files are such."""

import zipfile

from sandbox.programs.refusal import Refused

MOST_BYTES, MOST_ENTRIES = 200 * 1024 * 1024, 10_000
"""How much an archive may hold unpacked, and how many entries."""


def check(path: str) -> None:
    """Refuse what is no archive, needs a password, or would unpack to too much."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        with open(path, "rb") as file:
            old = file.read(8) == bytes.fromhex("d0cf11e0a1b11ae1")
        why = "it is protected by a password, or in the format before 2007" if old else f"it is damaged ({error})"
        raise Refused(f"{path!r} cannot be opened: {why}.") from error
    total = sum(entry.file_size for entry in entries)
    if total > MOST_BYTES or len(entries) > MOST_ENTRIES:
        raise Refused(f"{path!r} would unpack to {total // 1024**2} MiB in {len(entries)} parts; that is too much.")
