"""What is planted outside of the jail for attacks to find, and the jail that they are tried in."""

import os
import secrets
import socket
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from threading import Thread

import pytest

from sandbox.jail.jail import Jail

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def jail() -> Jail:
    """This machine's jail; its self-test runs once."""
    return Jail()


@pytest.fixture(scope="session")
def outside() -> Iterator[dict[str, object]]:
    """A secret in a file, in our environment and in another's, and listeners of every kind."""
    secret, mark = secrets.token_hex(16), f"apex-mark-{secrets.token_hex(8)}"
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="apex-outside-")))
        folder.chmod(0o755)
        (folder / "secret").write_text(secret)
        (folder / "workspace").mkdir()
        (folder / "workspace" / "diary").write_text(secret)
        kept = subprocess.Popen(
            [sys.executable, "-c", "import sys; sys.stdin.read()", mark],
            stdin=subprocess.PIPE,
            env={**os.environ, "SECRET": secret},
        )
        stack.callback(kept.communicate)
        os.environ["PLANTED_SECRET"] = secret
        stack.callback(os.environ.pop, "PLANTED_SECRET", None)
        yield {
            "secret": secret,
            "mark": mark,
            "pid": kept.pid,
            "file": str(folder / "secret"),
            "workspace": str(folder / "workspace"),
            "root": str(ROOT),
            "packages": sysconfig.get_path("purelib"),
            **_listeners(stack, folder, secret),
        }


def _listeners(stack: ExitStack, folder: Path, name: str) -> dict[str, object]:
    ports = {}
    for part in ("ray", "postgres", "redis", "gateway"):
        server = stack.enter_context(socket.create_server(("0.0.0.0", 0)))
        ports[part] = server.getsockname()[1]
    abstract = stack.enter_context(socket.socket(socket.AF_UNIX))
    abstract.bind(f"\0{name}")
    abstract.listen()
    plain = stack.enter_context(socket.socket(socket.AF_UNIX))
    plain.bind(str(folder / "socket"))
    plain.listen()
    (folder / "socket").chmod(0o777)
    echo = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    echo.bind(("127.0.0.1", 0))
    thread = Thread(target=_answer, args=(echo,))
    thread.start()

    def stop() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"stop", echo.getsockname())
        thread.join()
        echo.close()

    stack.callback(stop)
    return {
        "ports": ports,
        "abstract": name,
        "socket": str(folder / "socket"),
        "datagrams": echo.getsockname()[1],
    }


def _answer(echo: socket.socket) -> None:
    """Answer datagrams until one says stop."""
    while True:
        said, sender = echo.recvfrom(100)
        if said == b"stop":
            return
        echo.sendto(said, sender)
