"""Commits what tool calls came to: in the conversation for the model, in the list of runs and the audit for people."""

from collections.abc import Mapping, Sequence
from typing import Any

from actors.session.stage import Stage
from actors.stores import messages, tool_runs
from actors.stores.messages import ToolResult
from actors.stores.tool_runs import NewToolRun, RunOutcome
from cluster.clients.postgres import Connection
from cluster.ids import MessageId, TurnId
from cluster.models.chat_model import ToolCall


async def settle(
    conn: Connection,
    stage: Stage,
    turn: TurnId,
    message: MessageId,
    calls: Mapping[str, ToolCall],
    results: Sequence[ToolResult],
    *,
    outcome: RunOutcome | None = None,
    limits: Mapping[str, Mapping[str, Any]] | None = None,
) -> None:
    """Keep results of a step's calls. Without `outcome` the tools answered by themselves."""
    await messages.add_tool_results(conn, message, results)
    runs = [
        NewToolRun(
            tool=calls[result["id"]].name,
            arguments=calls[result["id"]].arguments,
            outcome=outcome or ("failed" if result["is_error"] else "succeeded"),
            content=result["content"],
            seconds=result["seconds"],
            limits=(limits or {}).get(result["id"], {}),
            conversation_id=stage.conversation,
            turn_id=turn,
            call_id=result["id"],
        )
        for result in results
    ]
    await tool_runs.record(conn, runs)
