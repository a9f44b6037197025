"""Says in a person's words why a turn failed, and whether trying again makes sense."""

from collections.abc import Mapping

from actors.events import TurnError
from actors.session.budgets import Budget
from actors.session.progress import Reason
from cluster.models.chat_model import ModelBusy, ModelMissing, ModelRefused, ModelUnreachable

INTERNAL = TurnError(code="internal", title="Something went wrong on our side", retryable=True)
USED_UP: Mapping[Budget, TurnError] = {
    "attempts": TurnError(
        code="recovery_exhausted",
        title="The answer was interrupted too often",
        detail="It was taken up several times in a row and did not get on.",
    ),
    "crashes": TurnError(
        code="crashed",
        title="The answer made its server crash",
        detail="Nothing else ran there. It may have needed more memory than there is. What you say next starts afresh.",
    ),
    "tokens": TurnError(
        code="too_many_tokens", title="The answer used as many tokens as it may", detail="Ask it to go on."
    ),
    "work": TurnError(code="too_much_work", title="The answer took too long", detail="Ask it to go on."),
    "allowance": TurnError(
        code="budget_spent",
        title="The budget is used up",
        detail="What is left of its money, tokens or time does not allow for another step.",
        retryable=False,
    ),
    "progress": TurnError(
        code="no_progress",
        title="The answer did not get on any more",
        detail="For a long time there was no word of the model, and no result of a tool.",
    ),
}
TOO_MANY_STEPS = TurnError(code="too_many_steps", title="The answer took too many steps", detail="Ask it to go on.")
DECLINED = TurnError(code="refused", title="The model declined to answer this", retryable=False)
REASONS: Mapping[Reason, TurnError] = {
    **USED_UP,
    "too_many_steps": TOO_MANY_STEPS,
    "declined": DECLINED,
}


def told(reason: Reason, error: Exception | None) -> TurnError:
    """What is told of a turn that failed; `error` is what broke it, where something did."""
    return REASONS.get(reason) or (explained(error) if error else None) or INTERNAL


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
