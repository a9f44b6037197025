"""What a client shows of answers: the page's rules (`ui/src/thread/reduce.ts`) as far as text is concerned.

Events that do not add up ask for a message (`wanted`) or for the whole state (`stale`), as they do there; nothing is
ever looked up without such a reason, so that a client that was told nothing is seen hanging.
"""

from dataclasses import dataclass, field
from typing import Any, Literal

Json = dict[str, Any]


@dataclass
class Step:
    """One message of an answer. A snapshot's word stands against a replay of earlier attempts."""

    id: str
    text: str = ""
    committed: Literal["no", "snapshot", "stream"] = "no"


@dataclass
class Shown:
    """One turn on the screen."""

    steps: dict[int, Step] = field(default_factory=dict[int, Step])
    over: Literal["", "event", "state"] = ""

    @property
    def texts(self) -> tuple[str, ...]:
        """The text of each step."""
        return tuple(step.text for _, step in sorted(self.steps.items()))


class Display:
    """One conversation on the screen."""

    def __init__(self) -> None:
        self.turns: dict[str, Shown] = {}
        self.stale = False
        self.wanted: set[str] = set()

    @property
    def settled(self) -> bool:
        """Whether nothing has to be fetched."""
        return not self.stale and not self.wanted

    def apply(self, event: Json) -> None:
        """Take an event that was not seen before."""
        shown = self.turns.setdefault(event["turn_id"], Shown())
        match event["type"]:
            case "step_started":
                self._begin(shown, event)
            case "token":
                for step in shown.steps.values():
                    if step.id == event["message_id"] and step.committed == "no":
                        step.text += event["content"]
            case "turn_resumed":
                kept = shown.steps.items()
                shown.steps = {n: step for n, step in kept if n < event["step"] or step.committed != "no"}
            case "step_finished":
                self._finish(shown, event)
            case "turn_ended":
                self._end(shown, event)
            case _:
                pass

    def hydrate(self, detail: Json) -> None:
        """Take the state of the conversation instead. A turn that it does not know was accepted after it was read."""
        self.stale = False
        self.wanted.clear()
        going = {turn["id"] for turn in detail["turns"] if turn["status"] in ("queued", "running")}
        steps: dict[str, dict[int, Step]] = {}
        for message in detail["messages"]:
            found = steps.setdefault(message["turn_id"], {})
            if message["role"] == "assistant":
                found[message["step"]] = Step(message["id"], message["content"], "snapshot")
        for turn in {*going, *steps}:
            shown = self.turns.setdefault(turn, Shown())
            shown.steps = steps.get(turn, {})
            # A state that was read before the end is followed by the events since then, the end among them.
            shown.over = "" if turn in going else shown.over or "state"

    def fetched(self, message: Json) -> None:
        """Take one message that was wanted."""
        self.wanted.discard(message["id"])
        for shown in self.turns.values():
            for step in shown.steps.values():
                if step.id == message["id"]:
                    step.text = message["content"]

    def _begin(self, shown: Shown, event: Json) -> None:
        number, id = event["step"], event["message_id"]
        same = shown.steps.get(number)
        if same and (same.committed == "snapshot" or (same.id == id and same.committed == "stream")):
            return
        kept = shown.steps.items()
        shown.steps = {n: step for n, step in kept if n < number or step.committed == "snapshot"}
        shown.steps[number] = Step(id)

    def _finish(self, shown: Shown, event: Json) -> None:
        step = next((one for one in shown.steps.values() if one.id == event["message_id"]), None)
        if step is None:
            self.stale = True
            return
        step.committed = "snapshot" if step.committed == "snapshot" else "stream"
        if len(step.text.encode("utf-16-le")) // 2 != event["length"]:
            self.wanted.add(step.id)

    def _end(self, shown: Shown, event: Json) -> None:
        shown.over = shown.over or "event"
        last = shown.steps[max(shown.steps)].id if shown.steps else None
        if last != event["leaf_id"] or any(step.committed == "no" for step in shown.steps.values()):
            self.stale = True
