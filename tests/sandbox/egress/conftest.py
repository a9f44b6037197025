"""An internet of our own, and a server that nothing may reach."""

import asyncio
import ssl
import subprocess
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.sandbox.internet import Internet, answer


@pytest.fixture
async def internet() -> AsyncGenerator[Internet]:
    """With nobody in it."""
    async with Internet() as internet:
        yield internet


@dataclass
class Inner:
    """A server on this machine's loopback, such as a database or a dashboard."""

    port: int
    reached: int = 0


@pytest.fixture
async def inner() -> AsyncGenerator[Inner]:
    """It listens for real."""

    def came(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner.reached += 1
        writer.write(answer(b"the secret"))
        writer.close()

    server = await asyncio.start_server(came, "127.0.0.1", 0)
    inner = Inner(server.sockets[0].getsockname()[1])
    yield inner
    server.close()


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """What `example.org` shows, and what trusts it."""
    key, shown = tmp_path / "key.pem", tmp_path / "shown.pem"
    subject = ["-subj", "/CN=example.org", "-addext", "subjectAltName=DNS:example.org"]
    order = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    subprocess.run([*order, *subject, "-keyout", key, "-out", shown], check=True, capture_output=True)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(shown, key)
    return server, ssl.create_default_context(cafile=str(shown))
