"""Short ways to ask a model."""

from collections.abc import Sequence

from cluster.models.chat_model import Block, ChatModel, ModelEvent, ModelMessage, ModelRequest, StepDone, TextDelta

SONNET = "claude-sonnet-5-5"


def ask(*messages: ModelMessage | str, model: str = SONNET, system: str = "Be brief.", **more: object) -> ModelRequest:
    """A request; a text is a message of a person."""
    history = [user(message) if isinstance(message, str) else message for message in messages]
    return ModelRequest(model=model, system=system, messages=history, **more)  # pyright: ignore[reportArgumentType]


def user(*content: str | Block) -> ModelMessage:
    """A message of a person, or of tools."""
    return ModelMessage(role="user", content=[text(part) if isinstance(part, str) else part for part in content])


def assistant(blocks: Sequence[Block]) -> ModelMessage:
    """A step that was made before."""
    return ModelMessage(role="assistant", content=blocks)


def text(said: str) -> Block:
    """A block of text."""
    return {"type": "text", "text": said}


def result(id: str, content: str) -> Block:
    """What a tool answered."""
    return {"type": "tool_result", "tool_use_id": id, "content": content}


def said(events: Sequence[ModelEvent]) -> str:
    """The text of the deltas."""
    return "".join(event.text for event in events if isinstance(event, TextDelta))


async def step(model: ChatModel, request: ModelRequest) -> StepDone:
    """Make a whole step."""
    events = [event async for event in model.stream(request)]
    assert isinstance(events[-1], StepDone)
    return events[-1]
