"""What the tests of approvals stand on, and hosts that are soon over."""

from collections.abc import AsyncIterator

import pytest

from actors.session import known, tool_runs
from actors.toolset import TRUSTED_TOOLS
from cluster.runtime.hosts import host as hosts
from sandbox.registry import Toolset
from tests.actors.asking import Shelf


@pytest.fixture
async def shelf(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Shelf]:
    """Tools that a stranger would like, beside all others."""
    shelf = Shelf()
    for module in (tool_runs, known):
        monkeypatch.setattr(module, "TRUSTED_TOOLS", Toolset([*TRUSTED_TOOLS, *shelf.tools()]))
    yield shelf
    shelf.gate.set()


@pytest.fixture
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hosts wait no longer than a moment for turns: for a test that leaves some which would never end."""
    monkeypatch.setattr(hosts, "DRAIN_SECONDS", 0.2)
