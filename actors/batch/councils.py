"""Councils as the tasks of a batch."""

from collections.abc import Mapping, Sequence
from typing import Any

from actors.batch.door import Door
from actors.batch.plot import agreement_plot
from actors.batch.summary import summary
from actors.batch.work import Result

OURS = ("id", "answer")
"""What a line may say beside what the door takes."""
ENDED = ("completed", "failed", "cancelled")


class CouncilWork:
    """Each line is a council. `usual` is what a line leaves out."""

    def __init__(self, usual: Mapping[str, Any]) -> None:
        self._usual = {name: value for name, value in usual.items() if value is not None}

    async def begin(self, door: Door, key: str, facts: Mapping[str, Any]) -> str:
        """Convene it, or meet it again. Raises Refused."""
        usual = {
            name: value for name, value in self._usual.items() if not (name == "num_agents" and "members" in facts)
        }
        body = usual | {name: value for name, value in facts.items() if name not in OURS}
        return (await door.post("/councils", body, key=key))["id"]

    async def look(self, door: Door, id: str, facts: Mapping[str, Any]) -> Result | None:
        """What came of it."""
        council = await door.get(f"/councils/{id}")
        return result_of(council, facts) if council["status"] in ENDED else None

    def summary(self, results: Sequence[Result]) -> Mapping[str, bytes]:
        """`summary.md`, and a plot of how members came to agree."""
        return {"summary.md": summary(results).encode(), "agreement.svg": agreement_plot(results).encode()}


def result_of(council: Mapping[str, Any], facts: Mapping[str, Any]) -> dict[str, Any]:
    """What is kept of a council that has ended."""
    outcome: Mapping[str, Any] = council["outcome"] or {}
    right = facts.get("answer")
    return {
        "id": facts.get("id"),
        "council_id": council["id"],
        "status": council["status"],
        "reason": council["reason"],
        "winner": outcome.get("winner"),
        "consensus": outcome.get("consensus"),
        "votes": {tally["option"]: tally["votes"] for tally in outcome.get("votes", ())},
        "baseline": outcome.get("baseline"),
        "right": None if right is None else outcome.get("winner") == right,
        "baseline_right": None if right is None else outcome.get("baseline") == right,
        "minority": outcome.get("minority", []),
        "agreement": [round["agreement"] for round in council["rounds"]],
        "rounds": council["round"],
        "members": [
            {"name": m["name"], "model": m["model"], "cost_usd": m["cost_usd"], "tokens": m["tokens"]}
            for m in council["members"]
        ],
        "baseline_cost_usd": outcome.get("baseline_cost_usd", 0),
        "debate_cost_usd": outcome.get("debate_cost_usd", 0),
        "cost_usd": council["cost_usd"],
        "error": council["error"],
    }
