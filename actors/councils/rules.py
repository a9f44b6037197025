"""What comes next in a council, from nothing but its committed state: so it can be asked again after any crash.

A round is opened in one transaction, each answer is settled in one, and the end is one; between any two of them this
may be the first that a new incarnation asks.
"""

from dataclasses import dataclass

from actors.councils.records import OUT_OF_BUDGET, Deliberation, Reason
from actors.councils.votes import BLIND, changed, count, voted


@dataclass(frozen=True, slots=True)
class OpenRound:
    """Ask all who sit in this round."""

    round: int


@dataclass(frozen=True, slots=True)
class Wait:
    """Members are still at work, or (`asleep`) a person has to say something first."""

    asleep: bool


@dataclass(frozen=True, slots=True)
class End:
    """Nothing more comes."""

    reason: Reason


Step = OpenRound | Wait | End


def next_step(state: Deliberation) -> Step:
    """What a council does now."""
    council = state.council
    if council.ended:
        return Wait(asleep=True)
    if any(answer.status == "running" for answer in state.answers):
        return Wait(asleep=False)
    if council.cancel_requested_at is not None:
        return End("stopped")
    if council.round > 0 and (reason := ending(state)) is not None:
        return End(reason)
    if may_open(state, council.round + 1):
        return OpenRound(council.round + 1)
    return Wait(asleep=True)


def may_open(state: Deliberation, round: int) -> bool:
    """Whether the person lets this round be held."""
    council = state.council
    return not council.paused or round <= int(council.settings.get("until") or 0)


def ending(state: Deliberation) -> Reason | None:
    """Why a council ends after its last round, or None when it goes on."""
    round = state.council.round
    given = state.given(round).values()
    if any((answer.error or {}).get("code") == OUT_OF_BUDGET for answer in given):
        return "budget"
    if not any(voted(answer) is not None for answer in given):
        return "broken"
    counted = count(state, round)
    last = round >= state.council.max_rounds
    if not last and something_new(state, round + 1):
        return None
    if counted.unanimous or (counted.consensus and (last or round > BLIND)):
        return "consensus"
    if round > BLIND and changed(state, round) == 0:
        return "stability"
    return "max_rounds" if last else None


def something_new(state: Deliberation, round: int) -> bool:
    """Whether that round would hear what nobody has heard yet: a remark of the person, or a new member."""
    unheard = any(remark.round is None for remark in state.remarks)
    return unheard or any(member.joined_round == round for member in state.seated(round))
