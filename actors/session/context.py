"""Keeps a long conversation within the model's window: the beginning is summarised beside the history.

The history itself is never changed. A summary stands for the branch up to one message; branches that part before that
message go without it. Shares of the window and the count of messages kept word for word are the predecessor's.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from actors.session import history
from actors.session.side_call import ask_small
from actors.session.stage import Stage
from actors.session.stop import Stop
from actors.stores import summaries
from actors.stores.messages import Message
from actors.stores.summaries import Summary
from cluster.ids import MessageId, TurnId
from cluster.models.card import ModelCard
from cluster.models.chat_model import ModelError

log = logging.getLogger(__name__)
SUMMARY_TOKENS = 1500
ENTRY_CHARS = 4000
"""What the summariser gets to read of one message."""
SYSTEM = """You condense conversations. Write what somebody needs who goes on with this one without having read it:
who the person is and what they want; what was found out and decided; names, numbers, code and paths word for word;
what is still open. Keep the language of the conversation. No preamble."""


@dataclass(frozen=True, kw_only=True)
class Strategy:
    """When to summarise (share of the window) and how many messages stay as they are."""

    share: float
    recent: int


STRATEGIES: Mapping[str, Strategy | None] = {
    "aggressive": Strategy(share=0.50, recent=5),
    "balanced": Strategy(share=0.70, recent=10),
    "conservative": Strategy(share=0.85, recent=20),
    "manual": None,
}


@dataclass(frozen=True, kw_only=True)
class Context:
    """What of a branch goes to the model: a summary of the beginning, and the messages after it."""

    summary: str | None
    path: Sequence[Message]


@dataclass(frozen=True, kw_only=True)
class Window:
    """The room that a history has: whose model, and how the person wants it used."""

    card: ModelCard
    strategy: Strategy | None
    files: history.Files
    answer_tokens: int

    def is_full(self, context: Context) -> bool:
        """Whether the strategy wants a summary now."""
        if self.strategy is None:
            return False
        said = history.model_messages(context.path, model=self.card.id, files=self.files, summary=context.summary)
        return history.tokens_of(said) > self.strategy.share * (self.card.context_tokens - self.answer_tokens)


def strategy_of(preference: object, card: ModelCard) -> Strategy | None:
    """The strategy of a preference. The local model forgets by itself, and is too weak to summarise."""
    if card.provider == "local":
        return None
    return STRATEGIES.get(str(preference), STRATEGIES["balanced"])


async def fitted(stage: Stage, path: Sequence[Message], window: Window, *, turn: TurnId, stop: Stop) -> Context:
    """The branch as it fits the window, with a new summary where one is due. Raises Stopped, Fenced."""
    context = await _with_summary(stage, path)
    if not window.is_full(context) or window.strategy is None:
        return context
    cut = cut_before_recent(context.path, window.strategy.recent)
    if cut == 0:
        return context
    try:
        return await _summarised(stage, context, cut, window=window, turn=turn, stop=stop)
    except ModelError as error:
        log.warning("conversation %s goes on without a new summary: %s", stage.conversation, error)
        return context


def cut_before_recent(path: Sequence[Message], recent: int) -> int:
    """Where the part that stays word for word begins: at a person's message, `recent` messages from the end or more.

    Where that would keep everything, the nearest later message of a person.
    """
    wanted = max(0, len(path) - recent)
    starts = [index for index, message in enumerate(path) if message.role == "user" and index > 0]
    earlier = [index for index in starts if index <= wanted]
    return earlier[-1] if earlier else next(iter(starts), 0)


async def _with_summary(stage: Stage, path: Sequence[Message]) -> Context:
    anchor = path[0].parent_id
    if anchor is None:
        return Context(summary=None, path=path)
    async with stage.services.db.as_user(stage.user) as conn:
        found = await summaries.at(conn, stage.conversation, anchor)
    return Context(summary=found.content if found else None, path=path)


async def _summarised(stage: Stage, context: Context, cut: int, *, window: Window, turn: TurnId, stop: Stop) -> Context:
    models = stage.services.models
    small = models.card(models.small(window.card.id))
    text = transcript(context.summary, context.path[:cut], limit=small.context_tokens * 2)
    said = await stop.during(
        ask_small(stage, small, system=SYSTEM, text=text, max_tokens=SUMMARY_TOKENS, endpoint="summary", turn=turn)
    )
    if not said:
        return context
    anchor: MessageId = context.path[cut - 1].id
    async with stage.writing() as conn:
        summary = Summary(up_to_id=anchor, content=said, tokens=len(said) // 4 + 1, model=small.id)
        await summaries.add(conn, stage.conversation, summary)
    return Context(summary=said, path=context.path[cut:])


def transcript(summary: str | None, path: Sequence[Message], *, limit: int) -> str:
    """The messages as a text to be summarised, each cut to its share of `limit` characters."""
    each = max(200, min(ENTRY_CHARS, limit // max(1, len(path))))
    entries = [f"Summary of what came before:\n{summary}"] if summary else []
    for message in path:
        said = message.content or ", ".join(f"(asked for {call['name']})" for call in message.tool_calls)
        entries.append(f"{'Person' if message.role == 'user' else 'Assistant'}: {shortened(said, each)}")
        entries += [f"Tool: {shortened(result['content'], each // 2)}" for result in message.tool_results]
    return "\n\n".join(entries)[-limit:]


def shortened(text: str, most: int) -> str:
    """The text, or its beginning and end."""
    return text if len(text) <= most else f"{text[: most * 2 // 3]} […] {text[-most // 3 :]}"
