"""The parts that come along, as the supervisor keeps them."""

import os
import signal
import socket
from pathlib import Path

from pydantic import SecretStr

from cluster.embedded.home import Home
from cluster.embedded.parts import Parts
from cluster.embedded.progress import Progress
from cluster.settings import Settings
from tests.cluster.runtime.stage import until


async def test_what_does_not_start_again_at_once_is_tried_until_it_does(parts_folder: Path):
    home = Home.open(parts_folder / "parts")
    parts = Parts(home, Progress())
    parts.start(
        Settings(home=home.path, database_url=SecretStr("postgresql://elsewhere"), objects_url="file:///elsewhere")
    )
    port = int((home.path / "valkey/valkey.conf").read_text().partition("port ")[2].split()[0])

    async def answers() -> bool:
        parts.revive()
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    os.kill(int((home.path / "valkey/pid").read_text()), signal.SIGKILL)
    with socket.socket() as squatter:
        squatter.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        await until(lambda: bound(squatter, port))
        parts.revive()

    await until(answers)
    parts.stop()


async def bound(squatter: socket.socket, port: int) -> bool:
    """Whether the port could be taken: it is free once the one who had it is gone."""
    try:
        squatter.bind(("127.0.0.1", port))
    except OSError:
        return False
    squatter.listen()
    return True
