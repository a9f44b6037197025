"""One run of a turn: carries out what progress.py decides, as actors/session/turn.py and tool_runs.py do."""

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from actors.session.budgets import Limits, Spent, verdict
from actors.session.progress import (
    Announced,
    Answered,
    Begun,
    Broke,
    Call,
    Commit,
    Committed,
    CutOff,
    End,
    Ended,
    Event,
    Open,
    Over,
    Parked,
    Progress,
    Resume,
    Resumed,
    RunTools,
    Settle,
    Settled,
    Speak,
    Spoken,
    Step,
    TakeUp,
    Wait,
    after,
)
from tests.simulation.rows import Started
from tests.simulation.world import Work

if TYPE_CHECKING:
    from tests.simulation.session import Session

LIMITS = Limits(tokens=1, seconds=1.0, silence=1.0)
"""Attempts are what counts here: tokens are none, and no clock of a turn runs."""


class TurnRun:
    """turn.py: carries out what progress.py decides."""

    def __init__(self, session: "Session", begun: Started) -> None:
        self._session = session
        self._begun = begun
        self._turn = begun.turn
        self._calls: tuple[Call, ...] = ()

    def run(self) -> Work:
        """Run it to its end."""
        begun = self._begun
        event: Event = Begun(
            started_before=begun.started_before,
            steps=begun.steps,
            open=tuple(Call(*call) for call in begun.open),
        )
        spent = Spent(attempts=begun.attempts_in_vain, working_since=None, progressed_at=0.0)
        progress = Progress()
        while True:
            progress, step = after(progress, event, stop=self._stop, used_up=verdict(spent, LIMITS, 0.0))
            if isinstance(step, Over):
                return
            if isinstance(step, Speak) and self._session.leaving:
                yield from self._session.commit(lambda: self._session.stage.rows.hand_over(self._turn))
                return
            event = yield from self._carry_out(step)

    @property
    def _stop(self) -> bool:
        return self._session.stopping(self._turn.id)

    def _carry_out(self, step: Step) -> Work:
        session, turn = self._session, self._turn
        match step:
            case Open() | TakeUp():
                session.publish(("turn_started", turn.id))
                return Announced()
            case Settle(calls, verdict):
                return (yield from self._settle({call.id: verdict for call in calls}))
            case RunTools(calls):
                return (yield from self._run_tools(calls))
            case Wait(calls):
                return (yield from self._hear(calls))
            case Resume():
                return Resumed()
            case Speak(number):
                return (yield from self._speak(number))
            case Commit():
                return (yield from self._commit())
            case End() | Over():
                assert isinstance(step, End), "who is over carries out nothing"
                yield from session.commit(partial(self._end, step.status))
                session.publish(("turn_ended", turn.id))
                return Ended()

    def _speak(self, number: int) -> Work:
        random = self._session.stage.world.random
        yield random.choice((0.01, 0.05, 0.2, 1.0))
        if self._stop:
            return CutOff()
        if random.random() < 0.03:
            return Broke()
        if number >= 3 or random.random() < 0.5:
            self._calls = ()
            return Spoken("end_turn")
        self._calls = tuple(Call(f"{number}.{n}", random.random() < 0.5) for n in range(random.randint(0, 3)))
        return Spoken("tool_use" if self._calls else "pause_turn", self._calls)

    def _commit(self) -> Work:
        turn, calls = self._turn, tuple((call.id, call.repeatable) for call in self._calls)
        number, rows, random = len(turn.steps), self._session.stage.rows, self._session.stage.world.random
        asked = {id: random.uniform(0.5, 20.0) for id, _ in calls if random.random() < 0.3}

        def add() -> None:
            self._session.stage.watch.stepped(turn)
            rows.add_step(turn, number, calls)
            for call, patience in asked.items():
                rows.ask(turn.steps[-1], call, rows.now + patience)

        yield from self._session.commit(add)
        return Committed(tuple(replace(call, waits=call.id in asked) for call in self._calls))

    def _hear(self, calls: tuple[Call, ...]) -> Work:
        """approvals.hear"""
        turn, rows, step = self._turn, self._session.stage.rows, self._turn.steps[-1]

        def hear() -> Answered | Parked:
            self._session.stage.watch.stepped(turn)
            words = rows.words(step)
            if "pending" in words.values():
                rows.mark_waiting(turn)
                return Parked()
            settled = {call.id: words[call.id] for call in calls if words[call.id] != "approved"}
            rows.add_results(step, settled)
            rows.use(step, [call.id for call in calls])
            return Answered(frozenset(call.id for call in calls) - set(settled), frozenset(settled))

        return (yield from self._session.commit(hear))

    def _run_tools(self, calls: tuple[Call, ...]) -> Work:
        """The calls side by side, each result committed as it comes; those that are cut off by a stop have none."""
        results: dict[str, str] = {}
        running = [self._session.spawn(self._use(call, results)) for call in calls]
        try:
            return (yield from self._gather(results, len(running)))
        finally:
            for task in running:
                task.cancel()

    def _gather(self, results: dict[str, str], asked: int) -> Work:
        settled: set[str] = set()
        while len(settled) < asked:
            fresh = {id: result for id, result in results.items() if id not in settled}
            if not fresh and self._stop:
                break
            if not fresh:
                yield 0.03
                continue
            yield from self._settle(fresh)
            settled |= set(fresh)
        return Settled(frozenset(settled))

    def _use(self, call: Call, results: dict[str, str]) -> Work:
        stage, turn = self._session.stage, self._turn
        stage.watch.tool_started(self._session.incarnation, turn, call.id, repeatable=call.repeatable)
        yield stage.world.random.choice((0.0, 0.02, 0.1, 0.8))
        results[call.id] = f"by run {stage.world.steps}"

    def _settle(self, results: dict[str, str]) -> Work:
        step, turn, stage = self._turn.steps[-1], self._turn, self._session.stage

        def add() -> None:
            stage.watch.stepped(turn)
            stage.rows.add_results(step, results)
            stage.watch.settled(turn, step)

        yield from self._session.commit(add)
        return Settled(frozenset(results))

    def _end(self, status: Any) -> None:
        stage, turn = self._session.stage, self._turn
        stage.watch.stepped(turn)
        stage.rows.end(turn, status)
        stage.watch.ended(turn)
