"""Sends requests until they are answered, and follows streams over as many connections as that takes."""

from contextlib import contextmanager
from dataclasses import replace
from typing import Any, TypeVar

import httpx

from apexaurum.decoding import decode
from apexaurum.errors import ApexError, BadAnswer, ConnectionLost, NotReached, TokenRefused, error_of
from apexaurum.events import Event, EventReader
from apexaurum.requests import EVENTS_SECONDS, Request, given, post
from apexaurum.retrying import Patience, Retrying
from apexaurum.shapes.accounts import Ticket
from apexaurum.synchronous.concurrency import Http, Stream, sleep
from apexaurum.synchronous.signing import Signing, json_of

T = TypeVar("T")
CONNECT_SECONDS = 10.0


class Transport:
    """One server, as one person."""

    def __init__(self, http: Http, signing: Signing, retrying: Retrying) -> None:
        self._http = http
        self._signing = signing
        self.retrying = retrying

    def ask(self, request: Request) -> Any:
        """The JSON of the answer; None where it has no content."""
        answer = self.answer(request)
        if not answer.content:
            return None
        try:
            return answer.json()
        except ValueError as error:
            raise BadAnswer(f"{request.method} {request.path} was not answered with JSON") from error

    def get(self, shape: type[T], request: Request) -> T:
        """The answer as that shape."""
        return decode(shape, self.ask(request))

    def answer(self, request: Request) -> httpx.Response:
        """The answer. Raises an ApiError when the server refuses, ConnectionLost when it stays away."""
        patience = Patience(self.retrying, repeatable=request.repeatable)
        while True:
            try:
                with self.opened(request) as answer:
                    answer.read()
                    return answer
            except ApexError as error:
                self.wait_for(error, patience)

    def pages(self, shape: type[T], request: Request, name: str, cursor: str = "cursor") -> Stream[T]:
        """All rows of a list, page by page."""
        while True:
            page = self.ask(request)
            for row in page[name]:
                yield decode(shape, row)
            following = page.get("next_after" if cursor == "after" else "next_cursor")
            if following is None:
                return
            request = request.asking(**{cursor: following})

    def events(self, request: Request) -> Stream[Event]:
        """The events of a stream. A cut is not seen: it goes on after the last one. It ends when that brings none."""
        request = replace(request, read_seconds=EVENTS_SECONDS).saying(Accept="text/event-stream")
        patience = Patience(self.retrying, repeatable=request.repeatable)
        while True:
            new = False
            try:
                with self.opened(request) as answer:
                    reader = EventReader()
                    for data in answer.iter_bytes():
                        for event in reader.feed(data):
                            new = True
                            request = request.saying(Last_Event_ID=event.seq)
                            yield event
                if not new:
                    return
            except ApexError as error:
                if new:
                    patience.renew()
                self.wait_for(error, patience)

    def ticket(self) -> str:
        """The address of a socket that may be opened once."""
        ticket = self.get(Ticket, post("/auth/ws-ticket"))
        url = self._http.base_url
        scheme = "wss" if url.scheme == "https" else "ws"
        return str(
            url.copy_with(scheme=scheme, path=f"{url.path.rstrip('/')}/ws", query=f"ticket={ticket.ticket}".encode())
        )

    @contextmanager
    def opened(self, request: Request) -> Stream[httpx.Response]:
        """One try: an answer whose body is still to come. Raises ApiError, NotReached, ConnectionLost."""
        headers, bearer = dict(request.headers), None
        if request.key is not None:
            headers["Idempotency-Key"] = request.key
        if request.signed:
            headers["Authorization"] = f"Bearer {(bearer := self._signing.bearer())}"
        try:
            with self._http.stream(
                request.method,
                request.path,
                params=given(**request.params),
                json=request.json,
                content=request.content,
                headers=headers,
                timeout=httpx.Timeout(request.read_seconds, connect=CONNECT_SECONDS),
            ) as answer:
                if answer.status_code >= 400:
                    answer.read()
                    refusal = error_of(answer.status_code, json_of(answer), answer.headers)
                    if answer.status_code == 401 and bearer is not None:
                        self._signing.refuse(bearer)
                        raise TokenRefused(refusal.problem)
                    raise refusal
                yield answer
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise NotReached(f"{self._http.base_url} cannot be reached: {error}") from error
        except httpx.TransportError as error:
            raise ConnectionLost(f"{request.method} {request.path}: {error or type(error).__name__}") from error

    def wait_for(self, error: ApexError, patience: Patience) -> None:
        """Wait for the next try; not at all where another token may help. Raises the error if there is none."""
        if isinstance(error, TokenRefused) and patience.sign_in_again():
            return
        wait = patience.after(error)
        if wait is None:
            raise error
        sleep(wait)
