"""For comparison: a Ray actor of its own for each session (`APEX_ACTORS_PER_HOST=1`), as most build it on Ray."""

import time

from actors.session.session import Session
from cluster.ids import ConversationId, new_id
from tests.bench.cluster import Nodes
from tests.bench.figures import MIB, row, say, spread
from tests.bench.memory import total_pss

SESSIONS = 8


async def measure(nodes: Nodes) -> None:
    """Print what waking and being awake cost there. `nodes` was opened with one actor for each host."""
    say("One Ray actor for each session")
    hosts = await nodes.hosts()
    before = total_pss(hosts)
    woken: list[float] = []
    again: list[float] = []
    for _ in range(SESSIONS):
        ref = nodes.runtime.ref(Session, str(ConversationId(new_id())))
        for taken in (woken, again):
            began = time.perf_counter()
            await ref.ask(Session.stop, nodes.user)
            taken.append(time.perf_counter() - began)
    row(f"a wake ({SESSIONS} of them)", spread(woken))
    row("a command to an awake one", spread(again))
    row("an awake idle session", f"{(total_pss(await nodes.hosts()) - before) / SESSIONS / MIB:7.1f} MiB")
    say()
