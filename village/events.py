"""What happens in the village, as facts on the channel of its realm."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

VillageEventName = Literal[
    "knowledge_added", "knowledge_revised", "knowledge_removed", "knowledge_restored", "convergence",
    "convergence_answered", "agent_moved", "agent_idle", "presence", "realm_changed",
]  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class VillageEvent:
    """Something happened in a realm. What `data` holds depends on `event`; see village/README.md."""

    type: Literal["village_event"] = "village_event"
    event: VillageEventName
    realm_id: UUID
    data: Mapping[str, Any]
