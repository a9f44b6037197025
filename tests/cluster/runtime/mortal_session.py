"""Conversations whose hosts die of them: what they are told to do, they do to their process."""

import os
from collections.abc import AsyncGenerator
from dataclasses import replace

from actors.session.session import Session
from cluster.models.catalogue import Models
from cluster.models.chat_model import ChatModel, ModelEvent, ModelRequest
from cluster.runtime.ref import Runtime
from cluster.services import ActorServices
from cluster.settings import Settings

DEADLY = "drop dead"
"""What a person says to a conversation that is to kill its host."""


class DeadlyModel:
    """Ends the process that it is called in, when it is told to; else it says what the model behind it says."""

    def __init__(self, model: ChatModel) -> None:
        self._model = model

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent]:
        """As the script has it; no step survives the deadly word."""
        async for event in self._model.stream(request):
            yield event
            if request.messages[-1].content[-1].get("text") == DEADLY:
                os._exit(1)


class DeadlyModels(Models):
    """A catalogue of such models."""

    def __init__(self, settings: Settings, runtime: Runtime) -> None:
        super().__init__(settings, runtime)

    def chat_model(self, id: str) -> ChatModel:
        """The model, with its deadly side."""
        return DeadlyModel(super().chat_model(id))


class MortalSession(Session):
    """A session that speaks to them."""

    def __init__(self, key: str, services: ActorServices) -> None:
        super().__init__(key, replace(services, models=DeadlyModels(services.settings, services.runtime)))
