"""Shows the server who asks: a key as it is, tokens as long as they are good, then the next pair of them."""

from dataclasses import dataclass

import httpx

from apexaurum.credentials import Credentials, Kept
from apexaurum.decoding import decode
from apexaurum.errors import ConnectionLost, NotReached, NotSignedIn, SignInNeeded, error_of
from apexaurum.shapes.accounts import SignedIn
from apexaurum.synchronous.concurrency import Http, Lock, sleep

TRIES = 3
"""Of an exchange whose answer was lost. The server takes a token twice within ten seconds."""
LOCK_POLL_SECONDS = 0.05


@dataclass(frozen=True)
class Password:
    """What a sign-in takes."""

    email: str
    password: str

    def __repr__(self) -> str:
        return f"Password({self.email!r}, …)"


class Signing:
    """Whose requests these are."""

    def __init__(self, http: Http, kept: Kept, password: Password | None = None) -> None:
        self._http = http
        self._kept = kept
        self._password = password
        self._lock = Lock()
        self._refused: str | None = None

    def bearer(self) -> str:
        """What goes into the Authorization field. Raises NotSignedIn, SignInNeeded, ConnectionLost."""
        return self._good(self._kept.load()) or self._renew()

    def refuse(self, bearer: str) -> None:
        """The server does not take this one: use it no more."""
        self._refused = bearer

    def _good(self, credentials: Credentials | None) -> str | None:
        bearer = None if credentials is None else credentials.bearer
        return None if bearer == self._refused else bearer

    def _renew(self) -> str:
        """Other credentials. Two that ask at once get the same."""
        with self._lock:
            while not self._kept.lock():
                sleep(LOCK_POLL_SECONDS)
            try:
                credentials = self._kept.load()
                return self._good(credentials) or self._exchange(credentials)
            finally:
                self._kept.unlock()

    def sign_in(self, password: Password) -> None:
        """Begin anew with email and password."""
        self._password = password
        with self._lock:
            self._sign_in(password)

    def use(self, credentials: Credentials) -> None:
        """Take these from now on."""
        self._kept.save(credentials)

    def sign_out(self) -> None:
        """End the sign-in there, and forget it here."""
        with self._lock:
            credentials = self._kept.load()
            if credentials is not None and credentials.refresh_token is not None:
                self._post("/auth/logout", refresh_token=credentials.refresh_token)
            self._kept.save(None)
            self._password = None

    def _exchange(self, credentials: Credentials | None) -> str:
        if credentials is not None and credentials.api_key is not None:
            raise NotSignedIn("the server does not take this API key")
        if credentials is not None and credentials.refresh_token is not None:
            try:
                return self._take("/auth/refresh", refresh_token=credentials.refresh_token)
            except SignInNeeded as error:
                if self._password is None:
                    self._kept.save(None)
                    raise NotSignedIn("this sign-in has ended: run `apexaurum login`") from error
        if self._password is None:
            raise NotSignedIn("there is no key and no sign-in for this server: run `apexaurum login`")
        return self._sign_in(self._password)

    def _sign_in(self, password: Password) -> str:
        return self._take("/auth/login", email=password.email, password=password.password)

    def _take(self, path: str, **fields: str) -> str:
        answer = self._post(path, **fields)
        signed_in = decode(SignedIn, answer.json())
        self.use(Credentials.of(signed_in))
        return signed_in.access_token

    def _post(self, path: str, **fields: str) -> httpx.Response:
        for left in reversed(range(TRIES)):
            try:
                answer = self._http.post(path, json=fields)
            except httpx.TransportError as error:
                if not left:
                    lost = NotReached if isinstance(error, httpx.ConnectError) else ConnectionLost
                    raise lost(f"{self._http.base_url}: {error}") from error
                sleep(0.2)
                continue
            if answer.status_code < 400:
                return answer
            raise error_of(answer.status_code, json_of(answer), answer.headers)
        raise AssertionError("there is a last try")


def json_of(answer: httpx.Response) -> object:
    """Its JSON, or None."""
    try:
        return answer.json()
    except ValueError:
        return None
