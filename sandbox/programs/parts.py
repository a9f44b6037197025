"""Which of the jail's libraries are there. It imports none of them, so that it can say so when one is not."""

from importlib import metadata

FOR_MIDI = ("mido", "numpy", "imageio-ffmpeg")


def versions() -> dict[str, str | None]:
    """What MIDI needs, and its versions; None for what is not installed."""
    return {name: _version(name) for name in FOR_MIDI}


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
