"""Gives a conversation a title once its first answer is complete: by the small model, or from its first words."""

import logging

from actors.events import ConversationUpdated
from actors.session.side_call import ask_small
from actors.session.stage import Stage
from actors.stores import messages, titles
from cluster.ids import TurnId
from cluster.models.chat_model import ModelError, ModelMissing

log = logging.getLogger(__name__)
MOST_CHARS = 80
READ_CHARS = 2000
SYSTEM = """Give this conversation a title of two to six words, in its language.
Answer with the title alone: no quotes, no full stop, no Markdown."""


async def give_title(stage: Stage, model: str, turn: TurnId) -> None:
    """Title the conversation, unless a person did by then. A model's failure leaves the first words. Raises Fenced."""
    async with stage.services.db.as_user(stage.user) as conn:
        opening = await messages.opening(conn, stage.conversation, limit=2)
    if not opening:
        return
    title = await _thought_of(stage, opening, model, turn) or first_words(opening[0][1])
    async with stage.writing() as conn:
        titled = await titles.give(conn, stage.conversation, title)
    if titled is not None:
        stage.outbox.add(ConversationUpdated(conversation=titled))


async def _thought_of(stage: Stage, opening: list[tuple[str, str]], model: str, turn: TurnId) -> str:
    models = stage.services.models
    try:
        card = models.card(models.small(model))
        if card.provider == "local":
            return ""  # it is too small to do better than the first words
        text = "\n\n".join(content[:READ_CHARS] for _, content in opening)
        said = await ask_small(stage, card, system=SYSTEM, text=text, max_tokens=40, endpoint="title", turn=turn)
    except (ModelError, ModelMissing) as error:
        log.info("conversation %s is titled by its first words: %s", stage.conversation, error)
        return ""
    return tidy(said)


def first_words(text: str) -> str:
    """A title from the beginning of a message."""
    return tidy(" ".join(text.split()[:8])) or "Conversation"


def tidy(title: str) -> str:
    """The first line of a title, without the quotes and marks that models put around it."""
    line = title.strip().partition("\n")[0].replace("**", "").replace("`", "").strip(" \t\"'*#“”„»«")
    return line if len(line) <= MOST_CHARS else line[: MOST_CHARS - 1].rstrip() + "…"
