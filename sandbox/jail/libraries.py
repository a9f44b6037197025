"""Which libraries code in a jail may import, found among what is installed here.

Only the folders of these distributions and of what they need are shown inside, never the whole of site-packages: that
holds our own code and Ray, whose source and settings are none of a stranger's business.
"""

import re
from collections.abc import Iterable, Iterator
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

LIBRARIES = ("numpy", "pandas", "matplotlib", "pillow", "duckdb", "openpyxl", "tzdata")
"""Those that are asked for by name; what they depend on follows."""


def files_of(names: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Each top-level file or folder of these distributions, and where it appears below the stage.

    A distribution that is not installed is left out: code that imports it is told so by Python.
    """
    found: dict[str, str] = {}
    for distribution in _closure(names):
        root = Path(str(distribution.locate_file("")))
        for top in sorted({file.parts[0] for file in distribution.files or ()}):
            if _is_importable(top) and (root / top).exists():
                found[f"site/{top}"] = str((root / top).resolve())
    return tuple((source, target) for target, source in sorted(found.items()))


def _closure(names: Iterable[str]) -> Iterator[metadata.Distribution]:
    """These distributions and all that they require here, each once."""
    pending, seen = list(names), set[str]()
    while pending:
        name = re.sub(r"[-_.]+", "-", pending.pop()).lower()
        if name in seen:
            continue
        seen.add(name)
        try:
            distribution = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue
        yield distribution
        wanted = (Requirement(text) for text in distribution.requires or ())
        pending += [need.name for need in wanted if need.marker is None or need.marker.evaluate({"extra": ""})]


def _is_importable(top: str) -> bool:
    """Not the scripts beside site-packages, nor caches, nor path files."""
    return top not in {"..", "__pycache__", "bin"} and not top.endswith(".pth")
