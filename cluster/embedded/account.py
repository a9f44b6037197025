"""The account a database server runs under: PostgreSQL refuses to run as root, so root's runs as somebody less."""

import os
import pwd
from dataclasses import dataclass

from cluster.errors import SettingsError


@dataclass(frozen=True)
class Account:
    """An account to change to; the fields are None where a server runs under the name of who starts it."""

    name: str
    uid: int | None = None
    gid: int | None = None

    @property
    def groups(self) -> list[int] | None:
        """The further groups of its processes: none."""
        return None if self.uid is None else []

    @property
    def lesser(self) -> bool:
        """Whether it may do less than who starts it."""
        return self.uid is not None

    def give(self, *paths: os.PathLike[str]) -> None:
        """Make it the owner of files."""
        if self.uid is not None and self.gid is not None:
            for path in paths:
                os.chown(path, self.uid, self.gid)


SAME = Account("the same")
"""Whoever starts the server."""


def server_account() -> Account:
    """The same account for an ordinary user; for root a lesser one, with an entry in the password file for initdb."""
    if os.geteuid() != 0:
        return SAME
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name, entry.pw_uid, entry.pw_gid)
    raise SettingsError("PostgreSQL cannot run as root, and there is no account 'postgres' or 'nobody'; add one")
