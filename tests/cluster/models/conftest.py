"""A Claude model on the loopback provider."""

from collections.abc import AsyncIterator, Callable

import pytest

from cluster.models.anthropic import AnthropicChatModel, AnthropicConnection
from cluster.models.chat_model import ChatModel
from cluster.models.claude import CLAUDE
from tests.cluster.models.asking import SONNET
from tests.provider.server import Provider

CARDS = {card.id: card for card in CLAUDE}
Claude = Callable[[str], ChatModel]


@pytest.fixture
async def connection(provider: Provider) -> AsyncIterator[AnthropicConnection]:
    """A connection to the provider that takes half a second of silence for death."""
    opened = AnthropicConnection("a key", provider.url, silence=0.5)
    yield opened
    await opened.close()


@pytest.fixture
def claude(connection: AnthropicConnection) -> Claude:
    """Claude models by id."""
    return lambda id: AnthropicChatModel(CARDS[id], connection)


@pytest.fixture
def sonnet(claude: Claude) -> ChatModel:
    """The default Claude."""
    return claude(SONNET)
