"""The models that are offered here."""

from fastapi import APIRouter

from serve import wire
from serve.guards import CurrentUser, OpenServices, within

router = APIRouter(tags=["models"], dependencies=[within("anything")])


@router.get("/models")
async def models(user: CurrentUser, services: OpenServices) -> wire.Models:
    """All models, best first, and the one that new conversations get."""
    cards = services.models.cards()
    return wire.Models(default=services.models.default(), models=[wire.Model.model_validate(card) for card in cards])
