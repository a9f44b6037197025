"""The model that runs here: llama.cpp's server in a process of its own, once per node, so that hosts stay small.

`LocalModel` is the actor that holds the weights; `LocalChatModel` is what the rest of the code speaks to. It is a demo:
no tools, no thinking, text only, and a small window that old messages fall out of.
"""

import asyncio
import importlib
import os
import secrets
import socket
import threading
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, cast

from cluster.models.card import ModelCard
from cluster.models.chat_model import (
    Block,
    ModelEvent,
    ModelRefused,
    ModelRequest,
    ModelUnreachable,
    StepDone,
    TextDelta,
    Usage,
)
from cluster.models.weights import weights_path
from cluster.runtime.actor import interleaves

if TYPE_CHECKING:
    from cluster.runtime.ref import Runtime
    from cluster.services import Services

Chunk = Mapping[str, Any]
WINDOW = 4096
"""Tokens of prompt and answer together."""
SLOTS = 2
"""Answers at once; more wait their turn. Each slot costs about 94 MiB for its window."""
MOST_ANSWER = 1024
PROMPT_CHARS = 4000
"""What of a history is read at first, about 1,200 tokens: reading goes at a few hundred tokens a second."""
LEAST_CHARS = 100
STRIDE = 4
"""Old messages fall out this many at a time, so that most turns find the beginning of their prompt still in memory."""
TEMPERATURE = 0.2
REPEAT_PENALTY = 1.1
"""Without it so small a model goes round in circles."""
SILENCE = 120.0
"""Seconds without a token after which a generation counts as dead."""


class LocalModel:
    """Holds the weights of one node and generates with them."""

    kind: ClassVar[str] = "local-model"
    exclusive: ClassVar[bool] = True
    idle_seconds: ClassVar[float] = 600.0

    def __init__(self, key: str, services: "Services") -> None:
        self._path = weights_path(services.settings.local_model)
        self._server: Any = None
        self._loading = asyncio.Lock()
        self._slots = asyncio.Semaphore(SLOTS)
        self._running: set[asyncio.Task[None]] = set()

    async def deactivate(self) -> None:
        """Free the memory."""
        if self._running:
            await asyncio.wait(self._running)
        server, self._server = self._server, None
        if server is not None:
            await asyncio.to_thread(release, server)

    @interleaves
    async def generate(self, request: ModelRequest) -> AsyncGenerator[ModelEvent]:
        """Deltas and one StepDone. Closing it stops the generation. Raises ModelUnreachable, ModelRefused."""
        server = await self._loaded()
        chars = PROMPT_CHARS
        while True:
            await self._slots.acquire()
            generation = Generation(server, request, fitting(request, chars))
            self._running.add(generation.task)
            generation.task.add_done_callback(self._ended)
            try:
                async with aclosing(generation.events()) as events:
                    async for event in events:
                        yield event
                return
            except TooLong as error:
                # The guess was too kind to this text: read half as much of it.
                chars //= 2
                if chars < LEAST_CHARS:
                    raise ModelRefused("the message is longer than the local model can read") from error

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._slots.release()

    async def _loaded(self) -> Any:
        async with self._loading:
            if self._server is None:
                if self._path is None:
                    raise ModelUnreachable("the local model is not installed here")
                self._server = await asyncio.to_thread(load, self._path)
            return self._server


class LocalChatModel:
    """Speaks to this node's LocalModel."""

    def __init__(self, card: ModelCard, runtime: "Runtime") -> None:
        self._card = card
        self._ref = runtime.ref(LocalModel, socket.gethostname())

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent]:
        """Deltas as they come and one StepDone at the end. Raises ModelUnreachable, ModelRefused."""
        async with aclosing(cast("Any", self._ref.stream(LocalModel.generate, request))) as events:
            async for event in events:
                yield event


class TooLong(Exception):
    """The prompt does not fit into the window."""


def load(path: Path) -> Any:
    """Load the weights; takes about a second."""
    xllamacpp: Any = importlib.import_module("xllamacpp")
    params: Any = xllamacpp.CommonParams()
    params.model.path = str(path)
    params.n_parallel = SLOTS
    params.n_ctx = WINDOW * SLOTS
    # Half of the processors, and no spinning: where others compute too, its threads would wait for one another.
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = max(1, (os.cpu_count() or 1) // 2)
    params.cpuparams.poll = params.cpuparams_batch.poll = 0
    params.warmup = False
    params.verbosity = 1
    params.cache_ram_mib = 0
    # The runtime opens a port on the loopback whether one wants it or not: nobody gets to know its key.
    params.api_keys = [secrets.token_urlsafe(32)]
    params.ui = False
    params.endpoint_slots = False
    return xllamacpp.Server(params)


def release(server: Any) -> None:
    """Drop the last reference off the event loop: the runtime joins its threads."""
    del server


class Generation:
    """One answer in the making. The server calls back from a thread, where it can be stopped between two tokens.

    `task` ends when the server has let go of it, which may be a while after `events` was closed.
    """

    def __init__(self, server: Any, request: ModelRequest, prompt: list[dict[str, str]]) -> None:
        self._model = request.model
        self._loop = asyncio.get_running_loop()
        self._arrived: asyncio.Queue[Chunk | None] = asyncio.Queue()
        self._stopped = threading.Event()
        asked = {
            "messages": prompt,
            "max_tokens": min(request.max_tokens, MOST_ANSWER),
            "temperature": TEMPERATURE if request.temperature is None else request.temperature,
            "repeat_penalty": REPEAT_PENALTY,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        self.task = asyncio.create_task(self._run(server, asked))

    async def events(self) -> AsyncGenerator[ModelEvent]:
        """Deltas and one StepDone. Raises TooLong, ModelUnreachable."""
        told: list[str] = []
        last: Chunk = {}
        finish: str | None = None
        try:
            while (chunk := await self._next(last)) is not None:
                text, reason = read(chunk)
                last, finish = chunk, reason or finish
                if text:
                    told.append(text)
                    yield TextDelta(text)
        finally:
            self._stopped.set()
        blocks = [{"type": "text", "text": "".join(told)}] if told else []
        stop = "max_tokens" if finish == "length" else "end_turn"
        yield StepDone(blocks=blocks, stop_reason=stop, usage=counted(last), model=self._model)

    async def _next(self, last: Chunk) -> Chunk | None:
        try:
            async with asyncio.timeout(SILENCE):
                return await self._arrived.get()
        except TimeoutError as error:
            raise ModelUnreachable("the local model fell silent", counted(last)) from error

    async def _run(self, server: Any, asked: dict[str, Any]) -> None:
        try:
            await asyncio.to_thread(server.handle_chat_completions, asked, self._take)
        finally:
            self._arrived.put_nowait(None)

    def _take(self, chunk: Chunk | list[Chunk]) -> bool:
        for one in chunk if isinstance(chunk, list) else [chunk]:
            self._loop.call_soon_threadsafe(self._arrived.put_nowait, one)
        return self._stopped.is_set()


def read(chunk: Chunk) -> tuple[str, str | None]:
    """The text and the finish reason in a chunk. Raises TooLong, ModelUnreachable."""
    if (error := chunk.get("error")) is not None:
        if error.get("type") == "exceed_context_size_error":
            raise TooLong
        raise ModelUnreachable(str(error.get("message", error)))
    for choice in chunk.get("choices") or ():
        return choice.get("delta", {}).get("content") or "", choice.get("finish_reason")
    return "", None


def counted(chunk: Chunk) -> Usage:
    """The tokens that the server counted; they cost nothing."""
    usage: Mapping[str, int] = chunk.get("usage") or {}
    return Usage(input_tokens=usage.get("prompt_tokens", 0), output_tokens=usage.get("completion_tokens", 0))


def fitting(request: ModelRequest, chars: int) -> list[dict[str, str]]:
    """The prompt, cut to about a number of characters: the newest messages, or the end of the last one."""
    system = request.system[: chars // 4]
    left = chars - len(system)
    told = [{"role": message.role, "content": words(message.content)} for message in request.messages]
    start = 0
    while start + STRIDE < len(told) and sum(len(one["content"]) for one in told[start:]) > left:
        start += STRIDE
    kept = told[start:]
    while len(kept) > 1 and sum(len(one["content"]) for one in kept) > left:
        kept = kept[1:]
    kept = [{**one, "content": one["content"][-left:]} for one in kept]
    return [{"role": "system", "content": system}, *kept] if system else kept


def words(content: Sequence[Block]) -> str:
    """What of a message this model can read."""
    return "\n".join(block["text"] for block in content if block["type"] == "text")
