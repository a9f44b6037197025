"""What a model is sent is valid, whatever broke off before."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Literal

from actors.session.history import INTERRUPTED, model_messages, tokens_of
from actors.stores.messages import Message
from cluster.ids import ConversationId, MessageId, new_id

Json = dict[str, Any]


def message(role: Literal["user", "assistant"], content: str, **more: Any) -> Message:
    """A stored message; an assistant's has its text as its block."""
    blocks: list[Json] = [{"type": "text", "text": content}] if role == "assistant" else []
    fields: dict[str, Any] = {"model": "m", "blocks": blocks, **more}
    return Message(
        id=MessageId(new_id()), conversation_id=ConversationId(new_id()), parent_id=None, turn_id=None, step=0,
        role=role, content=content, created_at=datetime.now(UTC), **fields,
    )  # fmt: skip


def shape(path: Sequence[Message], *, model: str = "m", summary: str | None = None) -> list[tuple[str, list[str]]]:
    """Roles and block types of what would be sent."""
    said = model_messages(path, model=model, files={}, summary=summary)
    return [(one.role, [block["type"] for block in one.content]) for one in said]


def test_roles_take_turns_whatever_is_missing() -> None:
    path = [message("user", "a"), message("user", "b"), message("assistant", " "), message("user", "c")]

    assert shape(path) == [("user", ["text", "text", "text"])]


def test_a_summary_stands_in_front_of_the_first_message() -> None:
    assert shape([message("user", "a")], summary="Before.") == [("user", ["text", "text"])]


def test_a_call_without_a_result_is_said_to_be_interrupted() -> None:
    call: Json = {"type": "tool_use", "id": "c1", "name": "x", "input": {}}
    path = [message("user", "a"), message("assistant", "b", blocks=[call]), message("user", "c")]

    said = model_messages(path, model="m", files={})

    assert said[-1].content[0] == {
        "type": "tool_result", "tool_use_id": "c1", "content": INTERRUPTED, "is_error": True,
    }  # fmt: skip
    assert [one.role for one in said] == ["user", "assistant", "user"]


def test_thinking_goes_back_signed_and_to_its_own_model_only() -> None:
    signed: Json = {"type": "thinking", "thinking": "t", "signature": "s"}
    unsigned: Json = {"type": "thinking", "thinking": "t"}
    text: Json = {"type": "text", "text": "b"}
    path = [message("user", "a"), message("assistant", "b", blocks=[signed, text]), message("user", "c")]

    assert shape(path)[1] == ("assistant", ["thinking", "text"])
    assert shape(path, model="another")[1] == ("assistant", ["text"])
    assert shape([path[0], message("assistant", "", blocks=[unsigned]), path[2]]) == [("user", ["text", "text"])]


def test_a_refused_answer_is_left_out() -> None:
    path = [message("user", "a"), message("assistant", "no", stop_reason="refusal"), message("user", "c")]

    assert shape(path) == [("user", ["text", "text"])]


def test_tokens_are_counted_by_characters_and_images() -> None:
    said = model_messages([message("user", "x" * 400)], model="m", files={})

    assert 95 <= tokens_of(said) <= 110
