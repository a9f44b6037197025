"""Councils: how often they are right on the fixed questions, beside members and a bare majority, and what it costs."""

import time
from pathlib import Path

from pydantic import SecretStr

from cluster.embedded.postgres import PostgresServer
from cluster.embedded.valkey import ValkeyServer
from cluster.migrations.apply import migrate
from cluster.migrations.roles import Login
from cluster.services import open_clients
from cluster.settings import Settings
from tests.actors.councils.quality import Score, score
from tests.actors.councils.questions import SMALL_TALK
from tests.bench.figures import row, say
from tests.conftest import make_user


async def measure(folder: Path) -> None:
    """Print it."""
    postgres = PostgresServer(folder / "pg", password="bench")
    valkey = ValkeyServer(folder / "valkey", password="a-password-for-the-bench")
    postgres.start()
    valkey.start()
    try:
        login = Login.derive("bench", "a secret for the bench")
        await migrate(postgres.url("bench"), login=login, create_database=True)
        settings = Settings(
            home=folder,
            database_url=SecretStr(login.url(postgres.url("bench"))),
            redis_url=SecretStr(valkey.url(0)),
            objects_url=(folder / "objects").as_uri(),
            local_model="off",
        )
        async with open_clients(settings, pool_size=5) as clients:
            began = time.perf_counter()
            result = await score(clients, await make_user(clients))
            report(result, time.perf_counter() - began)
    finally:
        valkey.stop()
        postgres.stop()


def report(result: Score, seconds: float) -> None:
    """Print a score."""
    say(f"Councils: {result.asked} questions of four options, {len(SMALL_TALK)} members, at most 3 rounds")
    known = ", ".join(f"{share:.0%}" for share in result.members)
    row("members alone, blind", known)
    row("majority of the blind answers", f"{result.baseline / result.asked:.0%} for ${result.baseline_usd:.4f}")
    whole = result.baseline_usd + result.debate_usd
    row("council", f"{result.council / result.asked:.0%} for ${whole:.4f}, {result.rounds:.1f} rounds")
    answers = len(SMALL_TALK) * result.rounds * result.asked
    row("wall time of an answer, eight councils at once", f"{seconds / answers * 1000:.0f} ms")
    say()
