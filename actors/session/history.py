"""Turns a branch of the conversation into what a model takes: valid at all times, whatever broke off before.

The Messages API refuses a tool call without its result, thinking without its signature, and empty text. Stopped and
failed steps, interrupted tools and changes of the model leave all of these behind; here they are left out or completed.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from actors.session.progress import REFUSED
from actors.stores.messages import Message, ToolResult
from cluster.ids import MessageId
from cluster.models.chat_model import Block, ModelMessage

Files = Mapping[UUID, Block]
"""The content block of each attachment whose bytes are at hand."""
INTERRUPTED = "The tool was interrupted before it had a result."
THINKING = ("thinking", "redacted_thinking")
IMAGE_TOKENS = 1600
"""What an image costs at most; providers scale larger ones down."""
BYTES_PER_TOKEN_OF_DOCUMENT = 40


def model_messages(
    path: Sequence[Message],
    *,
    model: str,
    files: Files,
    summary: str | None = None,
    beside: Mapping[MessageId, str] | None = None,
) -> list[ModelMessage]:
    """The history for a model, with the summary of what came before it in front, and texts `beside` messages."""
    said: list[ModelMessage] = []
    if summary is not None:
        said.append(user_text(f"<summary>\n{summary}\n</summary>"))
    for message in path:
        if message.role == "user":
            if beside and message.id in beside:
                said.append(user_text(beside[message.id]))
            said.append(_of_user(message, files))
        elif message.stop_reason != REFUSED:  # or the model refuses what follows, too
            said.extend(of_step(message.blocks, message.tool_results, same_model=message.model == model))
    return joined(said)


def of_step(blocks: Sequence[Block], results: Sequence[ToolResult], *, same_model: bool = True) -> list[ModelMessage]:
    """A step of an answer, and the results of the tools that it asked for."""
    kept = [block for block in blocks if _sendable(block, same_model=same_model)]
    if all(block["type"] in THINKING for block in kept):
        return []
    said = [ModelMessage(role="assistant", content=kept)]
    calls = [block["id"] for block in kept if block["type"] == "tool_use"]
    if calls:
        known = {result["id"]: result for result in results}
        said.append(ModelMessage(role="user", content=[_result(call, known.get(call)) for call in calls]))
    return said


def joined(said: Sequence[ModelMessage]) -> list[ModelMessage]:
    """The same with roles that take turns."""
    turns: list[ModelMessage] = []
    for message in said:
        if turns and turns[-1].role == message.role:
            turns[-1] = ModelMessage(role=message.role, content=[*turns[-1].content, *message.content])
        else:
            turns.append(message)
    return turns


def user_text(text: str) -> ModelMessage:
    """A user's message that is nothing but text."""
    return ModelMessage(role="user", content=[{"type": "text", "text": text}])


def tokens_of(messages: Sequence[ModelMessage]) -> int:
    """About how many tokens the messages take: four characters each, and a flat figure for an image."""
    return sum(_weight(block) for message in messages for block in message.content)


def _of_user(message: Message, files: Files) -> ModelMessage:
    blocks = [
        files.get(UUID(str(file["id"]))) or {"type": "text", "text": f"[The attachment {file['name']} is not at hand.]"}
        for file in message.attachments
    ]
    if message.content.strip():
        blocks.append({"type": "text", "text": message.content})
    return ModelMessage(role="user", content=blocks or [{"type": "text", "text": "(an empty message)"}])


def _sendable(block: Block, *, same_model: bool) -> bool:
    match block["type"]:
        case "text":
            return bool(block["text"].strip())
        case "thinking":
            return same_model and bool(block.get("signature"))
        case "redacted_thinking":
            return same_model
        case _:
            return True


def _result(call: str, result: ToolResult | None) -> Block:
    content, failed = (result["content"], result["is_error"]) if result else (INTERRUPTED, True)
    block: dict[str, Any] = {"type": "tool_result", "tool_use_id": call, "content": content or "(no output)"}
    return {**block, "is_error": True} if failed else block


def _weight(block: Block) -> int:
    match block["type"]:
        case "image":
            return IMAGE_TOKENS
        case "document":
            return max(IMAGE_TOKENS, len(block["source"]["data"]) * 3 // 4 // BYTES_PER_TOKEN_OF_DOCUMENT)
        case "text":
            return len(block["text"]) // 4 + 1
        case "tool_result":
            return len(block["content"]) // 4 + 10
        case _:
            return len(str(block)) // 4 + 1
