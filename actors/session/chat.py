"""What a turn tells the model: the branch as it fits, then each step of the answer and what its tools came to."""

from collections.abc import Sequence
from dataclasses import dataclass

from actors.equipment import offered
from actors.mcp.tools import theirs
from actors.session import history
from actors.session.context import Window, fitted, strategy_of
from actors.session.files import read_files
from actors.session.memories import NONE, Memories, memories_for
from actors.session.offer import Offer
from actors.session.prompt import system_prompt
from actors.session.stage import Stage
from actors.session.stop import Stop
from actors.stores.messages import Message, ToolResult
from actors.stores.turns import StartedTurn
from cluster.models.card import ModelCard
from cluster.models.chat_model import Block, ModelMessage, ModelRequest
from village.agents.founders import BUILT_IN
from village.who import ASSISTANT

ANSWER_TOKENS = 8192


@dataclass(kw_only=True)
class Chat:
    """What is said so far, to one model."""

    card: ModelCard
    turn: StartedTurn
    system: str
    said: Sequence[ModelMessage]
    offer: Offer
    memories: Memories = NONE

    @classmethod
    async def of(cls, stage: Stage, turn: StartedTurn, path: Sequence[Message], stop: Stop) -> "Chat":
        """What the branch comes to. Raises Stopped, Fenced, ModelMissing."""
        models, preferences = stage.services.models, turn.preferences
        wanted = turn.options.get("model") or turn.conversation.model or preferences.get("model")
        card = models.card(wanted or models.default())
        files = await stop.during(read_files(stage, path, card))
        window = Window(
            card=card,
            strategy=strategy_of(preferences.get("context_strategy"), card),
            files=files,
            answer_tokens=_answer_tokens(turn, card),
        )
        context = await fitted(stage, path, window, turn=turn.id, stop=stop)
        memories = await stop.during(memories_for(stage, turn, context.path, card)) if _remembers(turn) else NONE
        said = history.model_messages(
            context.path, model=card.id, files=files, summary=context.summary, beside=memories.beside
        )
        system = system_prompt(
            str(preferences.get("instructions", "")), persona=_persona(turn), summarised=context.summary is not None
        )
        rules = preferences.get("tool_rules")
        async with stage.services.db.as_user(stage.user) as conn:
            tools = offered(stage.services.settings).beside(await theirs(conn, stage.services.settings))
        offer = Offer.of(tools, turn.options.get("tool_preset"), context.path, rules=rules)
        return cls(card=card, turn=turn, system=system, said=said, offer=offer, memories=memories)

    def add(self, blocks: Sequence[Block], results: Sequence[ToolResult]) -> None:
        """The model has made a step, and its tools have answered."""
        self.said = history.joined([*self.said, *history.of_step(blocks, results)])
        self.offer = self.offer.after_step(blocks, results)

    def request(self) -> ModelRequest:
        """What the model is asked next."""
        card, options, preferences = self.card, self.turn.options, self.turn.preferences
        thinking = options.get("thinking_tokens", preferences.get("thinking_tokens", 0)) if card.thinking else 0
        return ModelRequest(
            model=card.id,
            system=self.system,
            messages=self.said,
            tools=self.offer.schemas() if card.tools and options.get("tools", True) else (),
            max_tokens=_answer_tokens(self.turn, card),
            thinking_tokens=int(thinking or 0),
            answer_schema=options.get("answer_schema"),
        )


def _persona(turn: StartedTurn) -> str:
    """What its agent is told about itself."""
    founder = BUILT_IN.get(turn.conversation.agent or ASSISTANT)
    own = founder.persona if founder is not None else turn.persona or ""
    return "\n\n".join(part for part in (own, str(turn.options.get("persona", ""))) if part)


def _remembers(turn: StartedTurn) -> bool:
    """Who works on a task remembers as an agent of the village, or not at all."""
    return "assignment" not in turn.options or turn.conversation.agent is not None


def _answer_tokens(turn: StartedTurn, card: ModelCard) -> int:
    return min(turn.options.get("max_tokens") or ANSWER_TOKENS, card.max_output_tokens)
