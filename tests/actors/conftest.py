"""What the tests of approvals stand on."""

from collections.abc import AsyncIterator

import pytest

from actors.session import known, tool_runs
from actors.toolset import TRUSTED_TOOLS
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
