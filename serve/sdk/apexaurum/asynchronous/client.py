"""The way in: one server, as one person."""

import os
from pathlib import Path
from types import TracebackType

from apexaurum.asynchronous.agents import AsyncAgents
from apexaurum.asynchronous.chat import AsyncChat
from apexaurum.asynchronous.concurrency import AsyncHttp
from apexaurum.asynchronous.councils import AsyncCouncils
from apexaurum.asynchronous.devices import AsyncDevices
from apexaurum.asynchronous.files import AsyncFiles
from apexaurum.asynchronous.signing import AsyncSigning, Password
from apexaurum.asynchronous.swarms import AsyncSwarms
from apexaurum.asynchronous.tools import AsyncTools
from apexaurum.asynchronous.transport import AsyncTransport
from apexaurum.asynchronous.village import AsyncVillage
from apexaurum.credentials import Credentials, InFile, InMemory, Kept, default_path, default_url, plain_url
from apexaurum.requests import get
from apexaurum.retrying import Retrying
from apexaurum.shapes.accounts import Models, User


class AsyncApex:
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
        self._http = AsyncHttp(base_url=f"{self.url}/api/v1", follow_redirects=False)
        known = None if email is None or password is None else Password(email, password)
        kept = _kept(self.url, api_key, credentials, signs_in=known is not None)
        self._signing = AsyncSigning(self._http, kept, known)
        self._transport = AsyncTransport(self._http, self._signing, retrying or Retrying())
        self.chat = AsyncChat(self._transport)
        self.tools = AsyncTools(self._transport)
        self.files = AsyncFiles(self._transport)
        self.village = AsyncVillage(self._transport)
        self.agents = AsyncAgents(self._transport)
        self.swarms = AsyncSwarms(self._transport)
        self.councils = AsyncCouncils(self._transport)
        self.devices = AsyncDevices(self._transport, self._signing)

    async def sign_in(self, email: str, password: str) -> User:
        """Sign in anew. Raises SignInNeeded where the two do not belong together."""
        await self._signing.sign_in(Password(email, password))
        return await self.me()

    async def sign_out(self) -> None:
        """End this sign-in, and forget it."""
        await self._signing.sign_out()

    async def me(self) -> User:
        """Who is signed in."""
        return await self._transport.get(User, get("/auth/me"))

    async def models(self) -> Models:
        """The models that can be asked for."""
        return await self._transport.get(Models, get("/models"))

    async def close(self) -> None:
        """Let go of all connections. What the server works on goes on."""
        await self._http.aclose()

    async def __aenter__(self) -> "AsyncApex":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.url!r})"


def _kept(url: str, api_key: str | None, file: Path | str | None, *, signs_in: bool) -> Kept:
    if file is not None:
        return InFile(Path(file), url)
    key = api_key or (None if signs_in else os.environ.get("APEXAURUM_API_KEY"))
    if key:
        return InMemory(Credentials(api_key=key))
    return InMemory() if signs_in else InFile(default_path(), url)
