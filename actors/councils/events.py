"""What happens in a council, as facts on its channel: the JSON of `serve/socket_wire.py` less `seq`."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from actors.councils.records import Status

CouncilEvent = Literal[
    "started", "round_began", "answer_committed", "round_closed", "remark_queued", "remark_heard", "member_joined",
    "member_left", "paused", "resumed", "ended",
]  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class CouncilUpdated:
    """Something happened; what it was about is read from the database, where what is hidden stays so."""

    type: Literal["council_update"] = "council_update"
    council_id: UUID
    event: CouncilEvent
    status: Status
    round: int
    member: int | None = None
