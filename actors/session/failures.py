"""Says in a person's words why a turn failed, and whether trying again makes sense."""

from actors.events import TurnError
from cluster.models.chat_model import ModelBusy, ModelMissing, ModelRefused, ModelUnreachable

INTERNAL = TurnError(code="internal", title="Something went wrong on our side", retryable=True)
EXHAUSTED = TurnError(
    code="recovery_exhausted", title="The answer was interrupted too often", detail="It was taken up several times."
)
TOO_MANY_STEPS = TurnError(code="too_long", title="The answer took too many steps", detail="Ask it to go on.")
DECLINED = TurnError(code="refused", title="The model declined to answer this", retryable=False)


def explained(error: Exception) -> TurnError | None:
    """What to tell about an error of a model; None for errors that are ours."""
    detail = str(error)
    match error:
        case ModelBusy():
            return TurnError(code="busy", title="The model is overloaded at the moment", detail=detail)
        case ModelUnreachable():
            return TurnError(code="unreachable", title="The model cannot be reached, or broke off", detail=detail)
        case ModelRefused() if "too long" in detail or "context window" in detail:
            return TurnError(code="too_long", title="The conversation is too long for this model", detail=detail)
        case ModelRefused():
            return TurnError(code="refused", title="The model refused the request", detail=detail, retryable=False)
        case ModelMissing():
            return TurnError(code="refused", title="This model is not offered here", detail=detail, retryable=False)
        case _:
            return None
