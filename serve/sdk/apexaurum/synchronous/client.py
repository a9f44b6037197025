"""The way in: one server, as one person."""

import os
from pathlib import Path
from types import TracebackType

from apexaurum.credentials import Credentials, InFile, InMemory, Kept, default_path, default_url, plain_url
from apexaurum.requests import get
from apexaurum.retrying import Retrying
from apexaurum.shapes.accounts import Models, User
from apexaurum.synchronous.agents import Agents
from apexaurum.synchronous.chat import Chat
from apexaurum.synchronous.concurrency import Http
from apexaurum.synchronous.councils import Councils
from apexaurum.synchronous.devices import Devices
from apexaurum.synchronous.files import Files
from apexaurum.synchronous.signing import Password, Signing
from apexaurum.synchronous.swarms import Swarms
from apexaurum.synchronous.tools import Tools
from apexaurum.synchronous.transport import Transport
from apexaurum.synchronous.village import Village


class Apex:
    """An ApexAurum server. Without arguments: as `apexaurum login` signed in, or by APEXAURUM_API_KEY."""

    def __init__(
        self,
        url: str | None = None,
        *,
        api_key: str | None = None,
        email: str | None = None,
        password: str | None = None,
        credentials: Path | str | None = None,
        retrying: Retrying | None = None,
    ) -> None:
        """Who asks: an API key; or email and password; or what a credentials file has, which is kept up to date."""
        self.url = plain_url(url or default_url())
        self._http = Http(base_url=f"{self.url}/api/v1", follow_redirects=False)
        known = None if email is None or password is None else Password(email, password)
        kept = _kept(self.url, api_key, credentials, signs_in=known is not None)
        self._signing = Signing(self._http, kept, known)
        self._transport = Transport(self._http, self._signing, retrying or Retrying())
        self.chat = Chat(self._transport)
        self.tools = Tools(self._transport)
        self.files = Files(self._transport)
        self.village = Village(self._transport)
        self.agents = Agents(self._transport)
        self.swarms = Swarms(self._transport)
        self.councils = Councils(self._transport)
        self.devices = Devices(self._transport, self._signing)

    def sign_in(self, email: str, password: str) -> User:
        """Sign in anew. Raises SignInNeeded where the two do not belong together."""
        self._signing.sign_in(Password(email, password))
        return self.me()

    def sign_out(self) -> None:
        """End this sign-in, and forget it."""
        self._signing.sign_out()

    def me(self) -> User:
        """Who is signed in."""
        return self._transport.get(User, get("/auth/me"))

    def models(self) -> Models:
        """The models that can be asked for."""
        return self._transport.get(Models, get("/models"))

    def close(self) -> None:
        """Let go of all connections. What the server works on goes on."""
        self._http.close()

    def __enter__(self) -> "Apex":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.url!r})"


def _kept(url: str, api_key: str | None, file: Path | str | None, *, signs_in: bool) -> Kept:
    if file is not None:
        return InFile(Path(file), url)
    key = api_key or (None if signs_in else os.environ.get("APEXAURUM_API_KEY"))
    if key:
        return InMemory(Credentials(api_key=key))
    return InMemory() if signs_in else InFile(default_path(), url)
