"""Puts an answer together from the events of its turn. Steps that are told anew, after a crash, are counted once."""

from dataclasses import dataclass

from apexaurum.decoding import decode
from apexaurum.events import Event
from apexaurum.shapes.chat import Reply, TurnError


@dataclass
class Step:
    """One message of the answer."""

    number: int
    text: str = ""
    length: int | None = None
    """In UTF-16 units, once it is committed."""

    @property
    def whole(self) -> bool:
        """Nothing of it is missing."""
        return self.length is None or len(self.text.encode("utf-16-le")) // 2 == self.length


class Assembly:
    """An answer as far as it has come."""

    def __init__(self) -> None:
        self._steps: dict[str, Step] = {}
        self._gone = False
        self._end: Event | None = None
        self.words = ""
        """What the last event added to the text, with what parts it from the step before."""
        self.began_again = False
        """What was told before is void."""

    @property
    def ended(self) -> bool:
        """The turn is over."""
        return self._end is not None

    @property
    def content(self) -> str:
        """What has been said."""
        return "\n\n".join(step.text for step in self._steps.values() if step.text)

    @property
    def reply(self) -> Reply | None:
        """The whole answer; None when it has not ended, or when events of it are gone."""
        if self._end is None or self._gone or not all(step.whole for step in self._steps.values()):
            return None
        told = self._end.data
        return Reply(
            conversation_id=told["conversation_id"],
            turn_id=told["turn_id"],
            status=told["status"],
            content=self.content,
            tokens_used=told["tokens_used"],
            cost_usd=float(told["cost_usd"]),
            error=decode(TurnError, told["error"]) if told.get("error") else None,
        )

    def add(self, event: Event) -> None:
        """Take in what happened."""
        self.words, self.began_again = "", False
        match event.type:
            case "step_started":
                self._begin(event)
            case "token":
                self._say(event)
            case "step_finished":
                data = event.data
                if (step := self._steps.get(data["message_id"])) is not None:
                    step.length = data["length"]
            case "turn_resumed":
                first = event.data["step"]
                kept = {id: step for id, step in self._steps.items() if step.number < first}
                self.began_again = any(step.text for id, step in self._steps.items() if id not in kept)
                self._steps = kept
            case "turn_ended":
                self._end = event
            case "reload":
                self._gone = True
            case _:
                pass

    def _begin(self, event: Event) -> None:
        data = event.data
        known = self._steps.get(data["message_id"])
        self.began_again = known is not None and known.text != ""
        self._steps[data["message_id"]] = Step(data["step"])

    def _say(self, event: Event) -> None:
        data = event.data
        step = self._steps.get(data["message_id"])
        if step is None:
            self._gone = True
            return
        parted = not step.text and any(other.text for other in self._steps.values())
        step.text += data["content"]
        self.words = "\n\n" + data["content"] if parted and data["content"] else data["content"]
