"""Claude and whatever speaks its Messages API, over the `anthropic` SDK.

The SDK makes the call (authentication, connections, error types). The body is written by us, since the SDK copies the
whole history and all tools block by block before it writes them; and the event stream is read by us, since its own
reader costs several times as much for each token and hides the pings that tell a slow answer from a dead one. The SDK's
retries are off: ours obey `retry-after` up to a limit that a waiting person can bear, and end with the first delta.
"""

import asyncio
import random
from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager, suppress
from functools import cached_property
from typing import Any

import httpx2
import orjson
from anthropic import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    AsyncAnthropic,
    DefaultAioHttpClient,
    Timeout,
)

from cluster.models.anthropic_events import BadStream, EventReader, Step, StreamFailed
from cluster.models.anthropic_request import Call, build_call
from cluster.models.card import ModelCard
from cluster.models.chat_model import (
    ModelBusy,
    ModelError,
    ModelEvent,
    ModelRefused,
    ModelRequest,
    ModelUnreachable,
    StepDone,
    Usage,
    UsageCounted,
)

DEFAULT_URL = "https://api.anthropic.com"
SILENCE = 30.0
"""Seconds without a byte, pings included, after which a call counts as dead."""
POOL = httpx2.Limits(max_connections=1000, max_keepalive_connections=100, keepalive_expiry=60.0)
"""An idle connection is kept for a minute, so that the next message of a person need not shake hands again."""
CONNECT = 10.0
"""Seconds to open a connection."""
ATTEMPTS = 3
LONGEST_WAIT = 20.0
"""Seconds that a person is kept waiting for another attempt; a longer `retry-after` ends the step at once."""
FIRST_WAIT = 0.5
END_SECONDS = 1.0
"""How long the end of a finished body is waited for, so that the connection can be used again."""
AS_IT_COMES = {"X-Stainless-Raw-Response": "stream", "Content-Type": "application/json"}
"""What `with_streaming_response` sets: the answer is handed over before its body is there."""
BUSY = {"overloaded_error", "rate_limit_error"}
PASSING = {"api_error", "timeout_error"}
RETRIED = {408, 409, 429}


class AnthropicConnection:
    """The one client of this process, made on first use; its connections are pooled."""

    def __init__(self, api_key: str, base_url: str | None, *, silence: float = SILENCE) -> None:
        self._api_key = api_key
        self._base_url = base_url or DEFAULT_URL
        # The SDK sends a bearer token; servers of others often know the older header only.
        self._headers = {"accept-encoding": "identity"} | ({"x-api-key": api_key} if base_url else {})
        self.silence = silence

    @cached_property
    def client(self) -> AsyncAnthropic:
        """The SDK's client."""
        timeout = Timeout(connect=CONNECT, read=self.silence, write=self.silence, pool=CONNECT)
        return AsyncAnthropic(
            api_key=self._api_key,
            base_url=self._base_url,
            max_retries=0,
            timeout=timeout,
            default_headers=self._headers,
            http_client=DefaultAioHttpClient(timeout=timeout, limits=POOL),
        )

    async def close(self) -> None:
        """Close the connections."""
        client: AsyncAnthropic | None = self.__dict__.pop("client", None)
        if client is not None:
            await client.close()


class AnthropicChatModel:
    """One Claude model."""

    def __init__(self, card: ModelCard, connection: AnthropicConnection) -> None:
        self._card = card
        self._connection = connection

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent]:
        """Deltas as they come and one StepDone at the end. Raises ModelBusy, ModelUnreachable, ModelRefused."""
        call = build_call(self._card, request)
        for attempt in range(1, ATTEMPTS + 1):
            step = Step(self._card, blockwise=request.wishes is not None)
            begun = False
            try:
                async with aclosing(self._attempt(call, step)) as events:
                    async for event in events:
                        begun = begun or not isinstance(event, UsageCounted)
                        yield event
                return
            except (APIStatusError, APIConnectionError, httpx2.HTTPError, BadStream, StreamFailed) as error:
                if not begun and call.has_thinking and about_thinking(error):
                    call, wait = build_call(self._card, request, keep_thinking=False), 0.0
                else:
                    wait = None if begun or attempt == ATTEMPTS else wait_before_retry(error, attempt)
                if wait is None:
                    raise failure(error, step.usage) from error
            await asyncio.sleep(wait)
        raise ModelRefused("the history's thinking is not accepted")

    async def _attempt(self, call: Call, step: Step) -> AsyncGenerator[ModelEvent]:
        async with self._answer(call) as body:
            reader = EventReader()
            chunks = body.aiter_bytes()
            async for chunk in chunks:
                for event in reader.feed(chunk):
                    told = step.take(event)
                    if told is None:
                        continue
                    yield told
                    if isinstance(told, StepDone):
                        with suppress(TimeoutError, httpx2.HTTPError):
                            async with asyncio.timeout(END_SECONDS):
                                async for _ in chunks:
                                    pass
                        return
            raise BadStream("the stream ended before its end")

    @asynccontextmanager
    async def _answer(self, call: Call) -> AsyncGenerator[httpx2.Response]:
        post: Any = self._connection.client.post
        options = {"headers": {**AS_IT_COMES, **call.headers}}
        response = await post("/v1/messages", content=orjson.dumps(call.body), cast_to=object, options=options)
        try:
            yield response.http_response
        finally:
            await response.close()


def about_thinking(error: Exception) -> bool:
    """Whether the provider refuses thinking that an earlier step wrote: from another account, server or history."""
    return isinstance(error, APIStatusError) and error.status_code == 400 and "signature" in error.message


def wait_before_retry(error: Exception, attempt: int) -> float | None:
    """Seconds until another attempt makes sense; None if it makes none."""
    if isinstance(error, APITimeoutError):
        return None
    backoff = FIRST_WAIT * 2.0 ** (attempt - 1) * random.uniform(0.75, 1.25)
    if isinstance(error, APIStatusError):
        if error.status_code < 500 and error.status_code not in RETRIED:
            return None
        asked = seconds(error.response.headers.get("retry-after"))
        if asked is not None:
            return asked if asked <= LONGEST_WAIT else None
        return backoff
    if isinstance(error, StreamFailed):
        return backoff if error.kind in BUSY | PASSING else None
    return backoff


def seconds(header: str | None) -> float | None:
    """The value of a `retry-after` header, when it is a number of seconds."""
    try:
        return max(0.0, float(header)) if header is not None else None
    except ValueError:
        return None


def failure(error: Exception, usage: Usage | None) -> ModelError:
    """Our error for theirs."""
    if isinstance(error, APIStatusError):
        detail = error.api_message or f"status {error.status_code}"
        if error.status_code in (429, 529):
            return ModelBusy(detail, usage)
        if error.status_code >= 500 or error.status_code in RETRIED:
            return ModelUnreachable(detail, usage)
        return ModelRefused(detail, usage)
    if isinstance(error, StreamFailed):
        kind = ModelBusy if error.kind in BUSY else ModelUnreachable if error.kind in PASSING else ModelRefused
        return kind(str(error), usage)
    if isinstance(error, APITimeoutError | httpx2.TimeoutException):
        return ModelUnreachable("the provider fell silent", usage)
    if isinstance(error, BadStream):
        return ModelUnreachable(str(error), usage)
    if isinstance(error, APIConnectionError):
        return ModelUnreachable("the provider cannot be reached", usage)
    return ModelUnreachable("the answer broke off", usage)
