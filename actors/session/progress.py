"""Decides what comes next in a turn, and touches nothing: (progress, event) -> (progress, step).

The driver (turn.py) carries out each step and comes back with what happened. A turn that begins and a turn that is
taken up after a death take the same path, from what is committed: so there is one place where it is decided what is
done again and what never is. Nothing here waits or reads a clock; tests/simulation drives it through every crash.

Budgets: what a turn may use up is judged in budgets.py; the driver brings the verdict along with each event. A turn
over a budget still settles its open calls and tells clients what is void before it ends.
"""

from dataclasses import dataclass, replace
from typing import Literal

from actors.events import Ending
from actors.session.budgets import Budget

STEP_LIMIT = 25
"""Steps of one turn."""
REFUSED = "refusal"
"""Why the model stopped when it declined to answer."""
PAUSED = "pause_turn"
"""Why the model stopped when it wants to be asked to go on."""

Reason = Budget | Literal["too_many_steps", "declined", "broken"]
"""Why a turn failed: a budget that is used up, or something else. For `broken` the driver has the error."""
Verdict = Literal["interrupted", "stopped", "ended", "unasked"]
"""What is said of a call that gets no result of its own: its process died, the person stopped it, the turn ended, or it
ended before the person had said whether it may run."""


@dataclass(frozen=True, slots=True)
class Call:
    """A tool call of a committed step. One that is not repeatable is never run by a second incarnation.

    One that `waits` for the person's word was run by nobody yet.
    """

    id: str
    repeatable: bool
    waits: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Where a turn stands. `next_step` is how many steps are committed, `open` the last one's calls without result."""

    next_step: int = 0
    open: tuple[Call, ...] = ()
    taken_up: bool = False
    """Another incarnation worked on it, and clients have not been told yet what of that is void."""
    reason: Reason | None = None
    """Why it is to fail, once its open calls are settled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """The turn is marked as running. What of it is committed; nothing unless it was `started_before`."""

    started_before: bool
    steps: int = 0
    open: tuple[Call, ...] = ()


@dataclass(frozen=True, slots=True)
class Announced:
    """Clients are told that the turn begins, or what of it stands."""


@dataclass(frozen=True, slots=True)
class Settled:
    """These calls have a result that is committed. Others of the same step may have been cut off by a stop."""

    calls: frozenset[str]


@dataclass(frozen=True, slots=True)
class Answered:
    """The person's word on all calls that waited is there: these may run now, and those have a result instead."""

    allowed: frozenset[str]
    settled: frozenset[str]


@dataclass(frozen=True, slots=True)
class Parked:
    """The turn is left to wait for the person; whoever takes it up goes on from what is committed."""


@dataclass(frozen=True, slots=True)
class Resumed:
    """Clients are told what is void."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """The model finished a step."""

    stop_reason: str
    calls: tuple[Call, ...] = ()


@dataclass(frozen=True, slots=True)
class Committed:
    """The step that the model finished is committed."""

    calls: tuple[Call, ...] = ()


@dataclass(frozen=True, slots=True)
class CutOff:
    """The person's wish to stop cut a step off."""


@dataclass(frozen=True, slots=True)
class Broke:
    """A step failed for good."""


@dataclass(frozen=True, slots=True)
class Ended:
    """The end is committed."""


Event = Begun | Announced | Settled | Answered | Parked | Resumed | Spoken | Committed | CutOff | Broke | Ended


@dataclass(frozen=True, slots=True)
class Open:
    """Tell clients that the turn begins."""


@dataclass(frozen=True, slots=True)
class TakeUp:
    """Tell clients that the turn is taken up, and what of it stands."""


@dataclass(frozen=True, slots=True)
class Settle:
    """Commit for each of these calls that it has no result, and why."""

    calls: tuple[Call, ...]
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class RunTools:
    """Run these calls, committing each result as it comes."""

    calls: tuple[Call, ...]


@dataclass(frozen=True, slots=True)
class Wait:
    """See what the person says of these calls, or leave the turn until they have said it of all."""

    calls: tuple[Call, ...]


@dataclass(frozen=True, slots=True)
class Resume:
    """Tell clients that what they saw of step `number` and later is void."""

    number: int


@dataclass(frozen=True, slots=True)
class Speak:
    """Let the model make step `number`."""

    number: int


@dataclass(frozen=True, slots=True)
class Commit:
    """Commit the step that was spoken."""


@dataclass(frozen=True, slots=True)
class End:
    """Commit the end, and with it the step that was spoken last, or what arrived of it."""

    status: Ending
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class Over:
    """Nothing is left to do. `failed`: not even the end could be committed, and the error is the caller's."""

    failed: bool = False


Step = Open | TakeUp | Settle | RunTools | Wait | Resume | Speak | Commit | End | Over


def after(progress: Progress, event: Event, *, stop: bool, used_up: Budget | None = None) -> tuple[Progress, Step]:
    """What comes next. `stop`: the person wants no more of this answer. `used_up`: it may not go on for that reason."""
    progress = replace(progress, reason=progress.reason or used_up)
    match event:
        case Begun():
            return _begun(progress, event)
        case Spoken(stop_reason, calls):
            return progress, _spoken(stop_reason, calls)
        case Broke():
            return _broken(progress)
        case Ended() | Parked():
            return progress, Over()
        case _:
            return _go_on(_having(progress, event), stop=stop)


def _begun(progress: Progress, begun: Begun) -> tuple[Progress, Step]:
    if not begun.started_before:
        return progress, Open()
    return replace(progress, next_step=begun.steps, open=begun.open, taken_up=True), TakeUp()


def _spoken(stop_reason: str, calls: tuple[Call, ...]) -> Step:
    """An answer that is whole is kept, even when the wish to stop came with its last word."""
    if stop_reason == REFUSED:
        return End("failed", "declined")
    return Commit() if calls or stop_reason == PAUSED else End("completed")


def _having(progress: Progress, event: Event) -> Progress:
    match event:
        case Settled(calls):
            return replace(progress, open=tuple(call for call in progress.open if call.id not in calls))
        case Answered(allowed, settled):
            still = (call for call in progress.open if call.id not in settled)
            return replace(progress, open=tuple(replace(call, waits=call.id not in allowed) for call in still))
        case Committed(calls):
            return replace(progress, open=calls, next_step=progress.next_step + 1)
        case Resumed():
            return replace(progress, taken_up=False)
        case _:
            return progress


def _broken(progress: Progress) -> tuple[Progress, Step]:
    if progress.reason == "broken":
        return progress, Over(failed=True)
    return replace(progress, reason="broken"), End("failed", "broken")


def _go_on(progress: Progress, *, stop: bool) -> tuple[Progress, Step]:
    if progress.open and (step := _about_open(progress, stop=stop)):
        return progress, step
    if progress.taken_up:
        return progress, Resume(progress.next_step)
    if progress.open:
        return progress, Wait(progress.open)
    if stop:
        return progress, End("stopped")
    if progress.reason:
        return progress, End("failed", progress.reason)
    if progress.next_step >= STEP_LIMIT:
        return progress, End("failed", "too_many_steps")
    return progress, Speak(progress.next_step)


def _about_open(progress: Progress, *, stop: bool) -> Step | None:
    """What is to be done about calls without result before anything else; None when all of them wait for the person."""
    waiting = tuple(call for call in progress.open if call.waits)
    begun = tuple(call for call in progress.open if not call.waits)
    lost = tuple(call for call in begun if progress.taken_up and not call.repeatable)
    if lost:
        return Settle(lost, "interrupted")
    if stop:
        return Settle(progress.open, "stopped")
    if progress.reason and begun:
        return Settle(begun, "interrupted" if progress.taken_up else "ended")
    if progress.reason:
        return Settle(waiting, "unasked")
    return RunTools(begun) if begun else None
