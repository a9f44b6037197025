"""Which libraries code in a jail may import: those of a folder of their own.

They are not installed beside our own code: a stranger's program is shown the whole folder and nothing else, and Ray
Serve, which imports pandas in each of its processes where it finds it, does not find it.
"""

import sys
from pathlib import Path

FOLDER = Path(sys.prefix, "jail")
"""Where `make` installs requirements-jail.lock."""
PROGRAMS = Path(__file__).parents[1] / "programs"
"""What of our own code a jail is shown: programs without secrets, that tools call by name."""


def bound_libraries() -> tuple[tuple[str, str], ...]:
    """The folder, and where it appears below the stage. Where nothing is installed, Python tells whoever imports it."""
    return ((str(FOLDER.resolve()), "site"),) if FOLDER.is_dir() else ()


def own_programs() -> tuple[tuple[str, str], ...]:
    """The folder with our own programs, and where it appears below the stage."""
    return ((str(PROGRAMS.resolve()), "ours/sandbox/programs"),)
