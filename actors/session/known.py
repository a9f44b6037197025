"""Tells what the model had read when it made a step: whether some of it is by strangers, or what the person keeps."""

from collections.abc import Sequence
from dataclasses import dataclass

from actors.stores import approvals, turns
from actors.stores.messages import NewStep
from actors.toolset import TRUSTED_TOOLS
from cluster.clients.postgres import Connection
from cluster.ids import MessageId, TurnId
from sandbox.policy import INCLUDE_UNTRUSTED, Known


@dataclass(frozen=True, kw_only=True)
class ToolNames:
    """Tools by what their results may hold: text by strangers, what the person keeps; and all there are."""

    strangers: Sequence[str]
    private: Sequence[str]
    all: Sequence[str]


async def known_on(conn: Connection, step: NewStep) -> Known:
    """What the model had read on the branch that ends with this step."""
    return await known_at(conn, step.turn_id, step.parent_id)


async def known_at(conn: Connection, turn: TurnId, leaf: MessageId) -> Known:
    """What the model had read in a turn, and on the branch that ends with this message."""
    tools = _tools_by_what_they_read()
    read = await approvals.read_on(conn, leaf, [tools.strangers, tools.private], known=tools.all)
    given, by_strangers = await turns.remembered_on(conn, turn, leaf)
    return Known(strangers=read[0] or by_strangers, private=read[1] or given)


def _tools_by_what_they_read() -> ToolNames:
    return ToolNames(
        strangers=[
            *(tool.name for tool in TRUSTED_TOOLS if tool.facts.reads_untrusted),
            *(
                approvals.opened(tool.name)
                for tool in TRUSTED_TOOLS
                if INCLUDE_UNTRUSTED in tool.parameters["properties"]
            ),
        ],
        private=[tool.name for tool in TRUSTED_TOOLS if tool.facts.reads_private],
        all=list(TRUSTED_TOOLS.by_name),
    )
