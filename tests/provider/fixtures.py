"""The `provider` fixture, for `tests/conftest.py` to import."""

from collections.abc import Iterator

import pytest

from tests.provider.server import Provider, running_provider


@pytest.fixture(scope="session")
def listening_provider() -> Iterator[Provider]:
    """One provider for the whole run."""
    with running_provider() as provider:
        yield provider


@pytest.fixture
def provider(listening_provider: Provider) -> Provider:
    """The loopback provider, with nothing in its memory."""
    listening_provider.app.reset()
    listening_provider.app.tokens_per_second = 0.0
    return listening_provider
