"""The data folder of an instance: what lies where, who may use it, and whether this program understands it."""

import hashlib
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from cluster.embedded.files import kept_secret, private_folder, write_private
from cluster.errors import SettingsError

LAYOUT = 1
"""Version of the data folder's layout that this program reads and writes."""
DISK_FLOOR = 512 * 1024 * 1024
"""Free bytes without which nothing is started: databases that run out of disk stop in the middle of a write."""
SOCKET_PATH = 23
"""Longest run folder (characters): HAProxy's socket lies 74 below it, and its path may have 97."""


@dataclass(frozen=True)
class Home:
    """The data folder."""

    path: Path

    @classmethod
    def open(cls, path: Path) -> "Home":
        """Make or check the folder. Raises SettingsError with what to do: newer layout, no permission, full disk."""
        try:
            private_folder(path)
        except OSError as error:
            raise SettingsError(f"APEX_HOME {path} cannot be used: {error.strerror}; choose another folder") from error
        home = cls(path)
        home._check_layout()
        free = shutil.disk_usage(path).free
        if free < DISK_FLOOR:
            raise SettingsError(
                f"only {free // 2**20} MiB are free where APEX_HOME {path} lies, and {DISK_FLOOR // 2**20} MiB are "
                "needed; free some space, or choose another folder"
            )
        return home

    @property
    def lock(self) -> Path:
        """Held while an instance runs on this folder."""
        return self.path / "lock"

    @property
    def objects(self) -> Path:
        """Object storage, where no other is set."""
        return self.path / "objects"

    @property
    def run(self) -> Path:
        """Sockets, logs and configuration of running parts: in the data folder where its path is short enough."""
        inside = self.path / "run"
        if len(str(inside)) <= SOCKET_PATH:
            return private_folder(inside)
        digest = hashlib.sha256(str(self.path).encode()).hexdigest()[:12]
        outside = Path(tempfile.gettempdir()) / f"apex-{digest}"
        if len(str(outside)) > SOCKET_PATH:
            outside = Path("/tmp") / f"apex-{digest}"
        private_folder(outside)
        if outside.is_symlink() or outside.stat().st_uid != os.geteuid():
            raise SettingsError(f"{outside} belongs to somebody else; remove it, or use a shorter APEX_HOME")
        return outside

    def tidy(self) -> None:
        """After an orderly end: leave nothing outside of the data folder."""
        if not self.run.is_relative_to(self.path):
            shutil.rmtree(self.run, ignore_errors=True)

    def secret(self, name: str) -> str:
        """A random secret of this instance, made at the first call and kept."""
        return kept_secret(self.secret_file(name))

    def secret_file(self, name: str) -> Path:
        """Where a secret is kept."""
        return self.path / "secrets" / name

    def _check_layout(self) -> None:
        file = self.path / "layout"
        try:
            found = int(file.read_text())
        except FileNotFoundError:
            write_private(file, f"{LAYOUT}\n")
            return
        except ValueError as error:
            raise SettingsError(f"{file} does not hold a version; is APEX_HOME {self.path} ours?") from error
        if found > LAYOUT:
            raise SettingsError(
                f"the data folder {self.path} was made by a newer ApexAurum (layout {found}, this program knows "
                f"{LAYOUT}); install the newer version, or set APEX_HOME to another folder"
            )
