"""`python -m tests.sandbox.jail.ordinary USER COMMAND…`: run a command as an ordinary user, although we are root.

The interpreter may lie where only root can go (a home folder). In a mount namespace of its own, which ends with the
command, those folders are shown at their usual paths below an empty folder that anyone may pass.
"""

import os
import shutil
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

from sandbox.jail.warden import kernel

ROOT = Path(__file__).parents[3]
FORBIDDEN = 0o700


def barrier(path: Path) -> Path | None:
    """The topmost folder on the way to this path that others may not pass."""
    return next((folder for folder in reversed(path.parents) if not folder.stat().st_mode & stat.S_IXOTH), None)


def show(paths: list[Path]) -> None:
    """Make these folders reachable for everybody, for this process and what it starts."""
    hidden = [path for path in paths if barrier(path)]
    handles = {path: os.open(path, os.O_PATH) for path in hidden}
    for covered in {folder for path in hidden if (folder := barrier(path))}:
        kernel.mount("tmpfs", str(covered), "tmpfs", kernel.NOSUID | kernel.NODEV, "mode=0755")
    for path, handle in handles.items():
        path.mkdir(parents=True, exist_ok=True)
        kernel.mount(f"/proc/self/fd/{handle}", str(path), flags=kernel.BIND | kernel.RECURSIVE)
        os.close(handle)


def become(user: int) -> str:
    """Be this user for good, and whoever he starts too. Answers his home, which is empty."""
    kernel.unshare(kernel.NEW_NAMESPACE)
    kernel.mount("none", "/", flags=kernel.RECURSIVE | kernel.PRIVATE)
    show(list({Path(prefix).resolve() for prefix in (sys.base_prefix, sys.prefix, str(ROOT))}))
    home = tempfile.mkdtemp(prefix="apex-ordinary-")
    os.chown(home, user, user)
    os.chmod(home, 0o755)
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)
    os.environ.update(HOME=home, TMPDIR=home)
    return home


if __name__ == "__main__":
    home = become(int(sys.argv[1]))
    try:
        status = subprocess.run(sys.argv[2:], check=False).returncode
    finally:
        shutil.rmtree(home, ignore_errors=True)
    sys.exit(status)
