"""A whole instance, many clients, and one fault after another; then everything must come to rest, and is judged."""

import asyncio
import shutil
import tempfile
import uuid
from collections.abc import AsyncGenerator, Coroutine, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import orjson

from tests.bench.people import PASSWORD
from tests.chaos.books import WATCH, Books, read_books, spoken
from tests.chaos.chatter import Chatter
from tests.chaos.faults import Injected, Saboteur, mounted_volume
from tests.chaos.history import History
from tests.chaos.parts import Inside
from tests.chaos.plan import Fault
from tests.chaos.script import Script
from tests.chaos.socket_client import SocketClient
from tests.chaos.stream_client import StreamClient
from tests.chaos.verdict import BUDGETS, Evidence, Spoken, error_code, judge
from tests.instance import Instance
from tests.provider.server import running_provider

LEASE_SECONDS = 3.0
SETTLE_SECONDS = 75.0
"""How long clients may take to learn all ends once no fault comes any more: longer than any of their own waits."""
VOLUME_MEBIBYTES = 700
STREAMS_SHARE = 4
"""One client in so many is on plain HTTP."""
LOSSES = {"log_lost", "log_emptied"}
"""Faults that take events away that were published."""
LOGGED = ("lost its lease", "a late write")
"""What the logs of the processes are searched for."""
SETTINGS = {
    "ANTHROPIC_API_KEY": "chaos",
    "APEX_LOCAL_MODEL": "off",
    "APEX_MESSAGES_PER_MINUTE": "100000",
    "APEX_LEASE_SECONDS": str(LEASE_SECONDS),
    "APEX_IDLE_SECONDS": "5",
    "APEX_HOSTS": "3",
}


class EndedByItself(RuntimeError):
    """The instance gave up; the message is what it printed last."""


@dataclass(kw_only=True)
class Storm:
    """What came of it."""

    histories: Sequence[History]
    injected: Sequence[Injected]
    broken: dict[str, list[str]]
    logged: dict[str, int] = field(default_factory=dict[str, int])
    turns: int = 0
    recovered: int = 0
    """Turns that more than one incarnation worked on."""
    given_up: int = 0
    """Turns that ended because their budget of recoveries was spent."""
    missed: Sequence[Fault] = ()
    """Faults that found nobody to happen to."""
    notes: list[str] = field(default_factory=list[str])


async def storm(faults: Sequence[Fault], *, seed: int, clients: int, records: Path | None = None) -> Storm:
    """Let clients talk while faults happen; answers the verdict. `records` is a folder for all that can be kept."""
    async with AsyncExitStack() as stack:
        provider = stack.enter_context(running_provider())
        folder = Path(tempfile.mkdtemp(prefix="chaos-", dir="/tmp"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        notes: list[str] = []
        volume = _volume(stack, folder / "h", notes) if any(one.kind == "disk_full" for one in faults) else None
        settings = {**SETTINGS, "ANTHROPIC_BASE_URL": provider.url}
        instance = await stack.enter_async_context(Instance(folder / "h", settings=settings))
        inside = Inside(instance)
        async with inside.database() as conn:
            await conn.execute(WATCH)
        talkers = [await stack.enter_async_context(talker(instance.url, seed, n)) for n in range(clients)]
        saboteur = Saboteur(inside, talkers, lease=LEASE_SECONDS, volume=volume)
        await talk_through(talkers, _while_it_runs(instance, saboteur.follow(faults)))
        if instance.process.poll() is not None:
            raise EndedByItself(instance.printed()[-2000:])
        async with inside.database() as conn:
            books = await read_books(conn)
        histories = [talker.history for talker in talkers]
        found = judged(histories, books, spoken(provider.requests), injected=saboteur.done)
        found.missed, found.notes, found.logged = saboteur.missed, notes, inside.logged(*LOGGED)
        if records is not None:
            keep(found, inside, records)
        return found


@asynccontextmanager
async def talker(url: str, seed: int, number: int) -> AsyncGenerator[Chatter]:
    """A person with an account, and the client that they use."""
    name = f"c{number}"
    async with httpx.AsyncClient(base_url=f"{url}/api/v1", timeout=15) as http:
        account = {"email": f"{uuid.uuid4().hex}@example.org", "password": PASSWORD}
        tokens = (await http.post("/auth/register", json=account)).raise_for_status().json()
        http.headers["Authorization"] = f"Bearer {tokens['access_token']}"
        history, script = History(name=name, user=tokens["user"]["id"]), Script(seed, name)
        if number % STREAMS_SHARE == STREAMS_SHARE - 1:
            yield StreamClient(http, history, script)
        else:
            yield SocketClient(url, http, history, script)


async def _while_it_runs(instance: Instance, sabotage: Coroutine[Any, Any, None]) -> None:
    breaking = asyncio.create_task(sabotage)
    try:
        while not breaking.done():
            await asyncio.wait({breaking}, timeout=1.0)
            if instance.process.poll() is not None:
                raise EndedByItself(instance.printed()[-2000:])
        await breaking
    finally:
        breaking.cancel()


async def talk_through(talkers: Sequence[Chatter], sabotage: Coroutine[Any, Any, None]) -> None:
    """Faults while clients talk; then a time in which everything must come to its end."""
    stop = asyncio.Event()
    talks = [asyncio.create_task(talker.talk(stop), name=talker.history.name) for talker in talkers]
    breaking = asyncio.create_task(sabotage)
    try:
        await asyncio.wait({breaking, *talks}, return_when=asyncio.FIRST_COMPLETED)
        stop.set()
        if breaking.done():
            breaking.result()
        done, _ = await asyncio.wait(talks, timeout=SETTLE_SECONDS)
        for task in done:
            task.result()
    finally:
        for task in (breaking, *talks):
            task.cancel()
        await asyncio.gather(breaking, *talks, return_exceptions=True)


def judged(histories: Sequence[History], books: Books, spoken: Spoken, *, injected: Sequence[Injected]) -> Storm:
    """The verdict on what there is."""
    losses = [at for one in injected if one.kind in LOSSES for at in (one.at, one.until)]
    return Storm(
        histories=histories,
        injected=injected,
        broken=judge(Evidence(histories, books, spoken, losses=losses)),
        turns=len(books.turns),
        recovered=sum(turn["attempts"] > 1 for turn in books.turns),
        given_up=sum(error_code(turn) in BUDGETS for turn in books.turns),
    )


def keep(found: Storm, inside: Inside, folder: Path) -> None:
    """Write down who saw what and when, and copy the logs, for whoever looks for the cause."""
    folder.mkdir(parents=True, exist_ok=True)
    told = {
        "faults": found.injected,
        "broken": found.broken,
        "clients": [vars(history) for history in found.histories],
    }
    (folder / "records.json").write_bytes(orjson.dumps(told, option=orjson.OPT_INDENT_2, default=str))
    shutil.copytree(inside.logs, folder / "logs", dirs_exist_ok=True, ignore_dangling_symlinks=True)
    shutil.copy(inside.output, folder)


def _volume(stack: AsyncExitStack, home: Path, notes: list[str]) -> Path | None:
    """A small volume for the database, where mounting one is allowed."""
    home.mkdir(mode=0o700)
    unmount = mounted_volume(home / "postgres", VOLUME_MEBIBYTES)
    if unmount is None:
        notes.append("no full disk: mounting a volume of our own is not allowed here")
        return None
    stack.callback(unmount)
    return home / "postgres"
