"""The one catalogue: which models are offered here, which is the default, and how to talk to each."""

import asyncio
import importlib
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from cluster.models.card import ModelCard
from cluster.models.chat_model import ChatModel, ModelMissing
from cluster.models.claude import BEST, CLAUDE, SMALL
from cluster.models.embeddings.embedder import Embedder
from cluster.models.weights import weights_path
from cluster.settings import Settings

if TYPE_CHECKING:
    from cluster.models.anthropic import AnthropicConnection
    from cluster.models.embeddings.remote import RemoteEmbedder
    from cluster.runtime.ref import Runtime

LOCAL = ModelCard(
    id="local",
    name="Local demo model",
    provider="local",
    description="A very small model that runs on this machine, for trying ApexAurum without a key. It is often wrong.",
    context_tokens=4096,
    max_output_tokens=1024,
    demo=True,
)
SCRIPTED = ModelCard(
    id="scripted",
    name="Scripted",
    provider="scripted",
    description="Not a model: it answers from a script, for demos and tests.",
    context_tokens=200_000,
    max_output_tokens=64_000,
    tools=True,
    demo=True,
)


class Models:
    """The models within reach of this process. Costs nothing until one is spoken to."""

    def __init__(self, settings: Settings, runtime: "Runtime") -> None:
        self._settings = settings
        self._runtime = runtime
        self._cards = {card.id: card for card in offered(settings)}
        self._spoken: dict[str, ChatModel] = {}
        self._connection: AnthropicConnection | None = None
        self._embedder: Embedder | None = None
        self._remote: RemoteEmbedder | None = None

    def cards(self) -> list[ModelCard]:
        """What is offered now, best first."""
        return list(self._cards.values())

    def default(self) -> str:
        """The model of new conversations. Raises ModelMissing when none is offered at all."""
        wanted = self._settings.default_model
        if wanted in self._cards:
            return wanted
        if not self._cards:
            raise ModelMissing("no model is offered: set ANTHROPIC_API_KEY, or APEX_LOCAL_MODEL")
        return next(iter(self._cards))

    def card(self, id: str) -> ModelCard:
        """What is known about a model. Raises ModelMissing when it is not offered here."""
        try:
            return self._cards[id]
        except KeyError:
            raise ModelMissing(f"the model {id} is not offered here") from None

    def small(self, id: str) -> str:
        """The cheap sibling of a model, for titles and summaries; of the default when it is no longer offered."""
        card = self._cards.get(id) or self.card(self.default())
        return SMALL if card.provider == "anthropic" and SMALL in self._cards else card.id

    def chat_model(self, id: str) -> ChatModel:
        """The model to speak to. Raises ModelMissing when it is not offered here."""
        if id not in self._spoken:
            self._spoken[id] = self._open(self.card(id))
        return self._spoken[id]

    def embedder(self) -> Embedder:
        """The model that turns texts into vectors here."""
        if self._embedder is None:
            from cluster.models.embeddings.minilm import LocalEmbedder

            self._embedder = LocalEmbedder(self._runtime)
            settings = self._settings
            if settings.embedder_url is not None:
                from cluster.models.embeddings.remote import RemoteEmbedder

                key = settings.embedder_key.get_secret_value() if settings.embedder_key else None
                model = settings.embedder_model or "default"
                self._embedder = self._remote = RemoteEmbedder(settings.embedder_url, key, model, beside=self._embedder)
        return self._embedder

    async def warm(self) -> None:
        """Load what the first call would wait for (the provider's library takes seconds to import)."""
        if any(card.provider == "anthropic" for card in self._cards.values()):
            await asyncio.to_thread(importlib.import_module, "cluster.models.anthropic")

    async def close(self) -> None:
        """Close the connections to providers."""
        if self._connection is not None:
            await self._connection.close()
        if self._remote is not None:
            await self._remote.close()

    def _open(self, card: ModelCard) -> ChatModel:
        # Imported where they are used: a process that only lists models should not carry a provider's library.
        match card.provider:
            case "anthropic":
                from cluster.models.anthropic import AnthropicChatModel

                return AnthropicChatModel(card, self._connect())
            case "local":
                from cluster.models.local import LocalChatModel

                return LocalChatModel(card, self._runtime)
            case "scripted":
                from cluster.models.scripted import ScriptedChatModel

                return ScriptedChatModel(card)

    def _connect(self) -> "AnthropicConnection":
        from cluster.models.anthropic import AnthropicConnection

        key = self._settings.anthropic_api_key
        if self._connection is None and key is not None:
            self._connection = AnthropicConnection(key.get_secret_value(), self._settings.anthropic_base_url)
        assert self._connection is not None, "a Claude model is offered only with a key"
        return self._connection


def offered(settings: Settings) -> Iterable[ModelCard]:
    """The cards of what the settings allow and the machine has."""
    if settings.anthropic_api_key is not None and settings.anthropic_api_key.get_secret_value():
        yield from sorted(CLAUDE, key=lambda card: card.id != BEST)
        known = {LOCAL.id, SCRIPTED.id, *(card.id for card in CLAUDE)}
        named = settings.default_model
        if settings.anthropic_base_url and named and named not in known:
            yield compatible(named)
    if (weights := weights_path(settings.local_model)) is not None:
        yield LOCAL if settings.local_model == "packaged" else chosen(weights)
    if settings.scripted_model:
        yield SCRIPTED


def chosen(weights: Path) -> ModelCard:
    """The card of a model whose file the operator chose."""
    told = "Runs on this machine, from a file that the operator chose. No tools."
    return replace(LOCAL, name=weights.stem, description=told, demo=False)


def compatible(id: str) -> ModelCard:
    """The card of a model that the operator named, on a server of the operator's that speaks the Messages API."""
    return ModelCard(
        id=id,
        name=id,
        provider="anthropic",
        description="Served by the operator's own server; its price is not known here.",
        context_tokens=128_000,
        max_output_tokens=8192,
        images=True,
        tools=True,
    )
