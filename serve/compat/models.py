"""What is offered here, as both protocols list it: models of the catalogue, and our agents under `apex/`."""

from datetime import UTC, datetime
from typing import Any

from actors.agents import store as kinds
from cluster.ids import UserId
from cluster.models.card import ModelCard
from cluster.services import Services
from serve.compat.agents import PREFIX
from serve.compat.workers import COUNCIL
from village.agents import store as agents
from village.agents.profile import Profile

Json = dict[str, Any]
OURS = "apexaurum"
UNKNOWN = datetime.fromtimestamp(0, UTC)
"""What the Messages API says of a model whose day of release is not known."""


async def listed(services: Services, user: UserId) -> list[Json]:
    """Everything that may stand as `model` in a request."""
    async with services.db.as_user(user) as conn:
        found, types = await agents.all_of(conn), await kinds.types(conn)
    workers = [_entry(PREFIX + kind.name, kind.description or kind.name, UNKNOWN, OURS) for kind in types]
    council = _entry(COUNCIL, "A council of the founders", UNKNOWN, OURS)
    return [*map(_card, services.models.cards()), *map(_agent, found), *workers, council]


def _card(card: ModelCard) -> Json:
    since = min(price.since for price in card.prices)
    limits = {"max_input_tokens": card.context_tokens, "max_tokens": card.max_output_tokens}
    return _entry(card.id, card.name, datetime(since.year, since.month, since.day, tzinfo=UTC), card.provider) | limits


def _agent(profile: Profile) -> Json:
    return _entry(PREFIX + profile.agent, profile.display_name, UNKNOWN, OURS)


def _entry(id: str, name: str, since: datetime, owner: str) -> Json:
    theirs = {"object": "model", "created": int(since.timestamp()), "owned_by": owner}
    return {
        "id": id,
        "type": "model",
        "display_name": name,
        "created_at": since.isoformat().replace("+00:00", "Z"),
        "lifecycle": "active",
        **theirs,
    }
