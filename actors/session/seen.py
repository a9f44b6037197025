"""What a turn tells of itself: how long its phases take, and its part of a trace by the GenAI conventions.

What people and models say is left out unless APEX_TRACE_CONTENT asks for it.
"""

import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Literal
from uuid import UUID

import orjson

from actors.stores.turns import StartedTurn
from cluster.ids import ConversationId
from cluster.models.chat_model import ModelRequest, StepDone, ToolCall
from cluster.telemetry import traces
from cluster.telemetry.catalogue import RECOVERIES, TURN_PHASE_SECONDS
from cluster.telemetry.logs import about
from sandbox.registry import ToolOutcome

Phase = Literal["queue", "prepare", "first_token", "model", "tools", "commit"]
PROVIDERS: Mapping[str, str] = {"anthropic": "anthropic"}
"""Names that the conventions have for providers; others go by ours."""


@contextmanager
def phase(name: Phase) -> Generator[None]:
    """Measure a phase of a turn."""
    began = time.perf_counter()
    try:
        yield
    finally:
        TURN_PHASE_SECONDS.observe(time.perf_counter() - began, name)


@contextmanager
def turn_run(conversation: ConversationId, turn: StartedTurn) -> Generator[None]:
    """Around one run of a turn: lines that are logged carry its ids, and its trace goes on from where it was accepted.

    That place is in the turn's row, so that another incarnation goes on in the same trace.
    """
    if turn.started_before and not turn.in_good_order:
        RECOVERIES.add(1.0)
    elif not turn.started_before:
        TURN_PHASE_SECONDS.observe(_age(turn.id), "queue")
    attributes = {
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.conversation.id": str(conversation),
        "apex.turn.id": str(turn.id),
        "apex.turn.attempt": turn.attempts,
    }
    place = turn.options.get("trace")
    with about(conversation=conversation, turn=turn.id):
        if place is None:
            yield
        else:
            with traces.span("turn", parent=place, attributes=attributes):
                yield


@contextmanager
def committing() -> Generator[None]:
    """Around a transaction that commits what a turn has done."""
    with phase("commit"), traces.span("commit"):
        yield


class ModelStep:
    """One step of a model, while it is watched."""

    def __init__(self, span: traces.Span) -> None:
        self._span = span
        self._began = time.perf_counter()
        self._speaks = False

    def speaks(self) -> None:
        """The model said something; the first time counts."""
        if not self._speaks:
            self._speaks = True
            seconds = time.perf_counter() - self._began
            TURN_PHASE_SECONDS.observe(seconds, "first_token")
            self._span.note({"gen_ai.response.time_to_first_chunk": seconds})

    def done(self, step: StepDone) -> None:
        """The model finished the step."""
        if not traces.is_on():
            return
        usage = step.usage
        self._span.note(
            {
                "gen_ai.response.model": step.model,
                "gen_ai.response.finish_reasons": [step.stop_reason],
                "gen_ai.usage.input_tokens": usage.input_tokens + usage.cache_read_tokens + usage.cache_write_tokens,
                "gen_ai.usage.output_tokens": usage.output_tokens,
                "gen_ai.usage.cache_read.input_tokens": usage.cache_read_tokens,
                "gen_ai.usage.cache_creation.input_tokens": usage.cache_write_tokens,
                "apex.cost_usd": float(usage.cost_usd),
            }
        )
        if traces.with_content():
            self._span.note({"gen_ai.output.messages": _json([{"role": "assistant", "content": step.blocks}])})


@contextmanager
def model_step(request: ModelRequest, provider: str) -> Generator[ModelStep]:
    """Watch one step of a model."""
    with traces.span(f"chat {request.model}", kind="client") as span:
        if traces.is_on():
            span.note(
                {
                    "gen_ai.operation.name": "chat",
                    "gen_ai.provider.name": PROVIDERS.get(provider, f"apexaurum.{provider}"),
                    "gen_ai.request.model": request.model,
                    "gen_ai.request.max_tokens": request.max_tokens,
                }
            )
        if traces.with_content():
            said = [{"role": message.role, "content": message.content} for message in request.messages]
            span.note({"gen_ai.system_instructions": request.system, "gen_ai.input.messages": _json(said)})
        yield ModelStep(span)


class ToolRun:
    """One run of a tool, while it is watched."""

    def __init__(self, span: traces.Span) -> None:
        self._span = span

    def done(self, outcome: ToolOutcome) -> None:
        """The tool has answered."""
        if outcome.is_error:
            self._span.note({"error.type": "tool_error"})
        if traces.with_content():
            self._span.note({"gen_ai.tool.call.result": outcome.content})


@contextmanager
def tool_run(call: ToolCall) -> Generator[ToolRun]:
    """Watch one run of a tool."""
    with traces.span(f"execute_tool {call.name}") as span:
        if traces.is_on():
            span.note(
                {
                    "gen_ai.operation.name": "execute_tool",
                    "gen_ai.tool.name": call.name,
                    "gen_ai.tool.call.id": call.id,
                }
            )
        if traces.with_content():
            span.note({"gen_ai.tool.call.arguments": _json(call.arguments)})
        yield ToolRun(span)


def _age(id: UUID) -> float:
    """Seconds since an id of version 7 was made: its first 48 bits are the millisecond."""
    return max(0.0, time.time() - (id.int >> 80) / 1000)


def _json(value: object) -> str:
    return orjson.dumps(value, default=str).decode()
