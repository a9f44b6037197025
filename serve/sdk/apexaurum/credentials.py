"""Keys and tokens, and the file that keeps them (for its owner's eyes only) between two runs of a program."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from time import time
from typing import IO, Any, Protocol

from apexaurum.decoding import decode
from apexaurum.errors import ApexError
from apexaurum.shapes.accounts import SignedIn

DEFAULT_URL = "http://127.0.0.1:8000"
MARGIN_SECONDS = 30.0
"""A token that ends sooner is exchanged beforehand."""


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """An API key, or the tokens of a sign-in."""

    api_key: str | None = None
    access_token: str | None = None
    refresh_token: str | None = None
    expires_at: float = 0.0
    """Of the access token, in seconds since 1970."""

    @classmethod
    def of(cls, signed_in: SignedIn) -> "Credentials":
        """The tokens of a sign-in that was just made."""
        return cls(
            access_token=signed_in.access_token,
            refresh_token=signed_in.refresh_token,
            expires_at=time() + signed_in.expires_in,
        )

    @property
    def bearer(self) -> str | None:
        """What can be shown to the server now."""
        if self.api_key is not None:
            return self.api_key
        return self.access_token if time() + MARGIN_SECONDS < self.expires_at else None

    def __repr__(self) -> str:
        return "Credentials(…)"


class Kept(Protocol):
    """Where credentials are kept. One program at a time may exchange them: `lock`, then `load`, then `save`."""

    def load(self) -> Credentials | None:
        """What is kept, if anything is."""
        ...

    def save(self, credentials: Credentials | None) -> None:
        """Keep these instead; None forgets them."""
        ...

    def lock(self) -> bool:
        """Whether it is mine now."""
        ...

    def unlock(self) -> None:
        """Let others have it."""
        ...


class InMemory:
    """Keeps them as long as the program runs."""

    def __init__(self, credentials: Credentials | None = None) -> None:
        self._credentials = credentials

    def load(self) -> Credentials | None:
        """What was saved last."""
        return self._credentials

    def save(self, credentials: Credentials | None) -> None:
        """Keep these instead."""
        self._credentials = credentials

    def lock(self) -> bool:
        """Nobody else has this memory."""
        return True

    def unlock(self) -> None:
        """Nothing to do."""


class InFile:
    """Keeps those of one server in a file that others share; readable by its owner alone."""

    def __init__(self, path: Path, url: str) -> None:
        self.path = path
        self.url = url
        self._locked: IO[str] | None = None

    def load(self) -> Credentials | None:
        """What the file has for this server."""
        kept = read(self.path)["servers"].get(self.url)
        return None if kept is None else decode(Credentials, kept)

    def save(self, credentials: Credentials | None) -> None:
        """Write the file anew, whole or not at all. The server becomes the default one."""
        kept = read(self.path)
        kept["current"] = self.url
        kept["servers"].pop(self.url, None)
        if credentials is not None:
            kept["servers"][self.url] = {k: v for k, v in asdict(credentials).items() if v}
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        new = self.path.with_name(f"{self.path.name}.{os.getpid()}")
        new.unlink(missing_ok=True)
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(kept, file, indent=2)
        new.replace(self.path)

    def lock(self) -> bool:
        """Take the lock file beside it, if no other program has it; the system frees it when a program ends."""
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = self.path.with_suffix(".lock").open("a")
        try:
            _lock(file)
        except OSError:
            file.close()
            return False
        self._locked = file
        return True

    def unlock(self) -> None:
        """Let others have it."""
        if self._locked is not None:
            self._locked.close()
            self._locked = None


def _lock(file: IO[str]) -> None:
    """Raises OSError when another program has it."""
    try:
        import fcntl
    except ImportError:  # Windows has no such locks; there, two programs at once may have to sign in again
        return
    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def read(path: Path) -> dict[str, Any]:
    """The file's content, `current` and `servers`."""
    try:
        kept = json.loads(path.read_text())
        return {"current": kept.get("current"), "servers": dict(kept.get("servers", {}))}
    except FileNotFoundError:
        return {"current": None, "servers": {}}
    except (ValueError, AttributeError, TypeError) as error:
        raise ApexError(f"{path} is damaged; remove it and sign in again") from error


def default_path() -> Path:
    """Where the command line keeps credentials."""
    if told := os.environ.get("APEXAURUM_CREDENTIALS"):
        return Path(told)
    config = os.environ.get("XDG_CONFIG_HOME") or os.environ.get("APPDATA")
    return (Path(config) if config else Path.home() / ".config") / "apexaurum" / "credentials.json"


def default_url() -> str:
    """The server that is named by APEXAURUM_URL, or that was signed in to last, or one on this machine."""
    return plain_url(os.environ.get("APEXAURUM_URL") or read(default_path())["current"] or DEFAULT_URL)


def plain_url(url: str) -> str:
    """In its one spelling."""
    return (url if "://" in url else f"https://{url}").rstrip("/")
