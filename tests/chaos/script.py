"""What clients say: messages whose whole answer is known beforehand, because the provider answers what they ask for."""

from dataclasses import dataclass, field
from random import Random

import orjson

from tests.provider.answers import Json

SPEED = 14
"""Words a second of an answer."""
TOOL_SHARE = 0.35
PAIR_SHARE = 0.25
TURNS_OF_CONVERSATION = (4, 9)


@dataclass(kw_only=True)
class Said:
    """One message, what must come of it, and what has become of it so far. Times are of `time.monotonic`."""

    key: str
    text: str
    answer: tuple[str, ...]
    """The text of each step."""
    memory: str | None = None
    """The key that its tool stores something under."""
    begins: bool = False
    """Whether it begins a conversation."""
    sent: list[float] = field(default_factory=list[float])
    turns: dict[str, float] = field(default_factory=dict[str, float])
    """The turns that it was acknowledged with, and when: more than one would be a doubled command."""
    conversation: str | None = None
    put_off: list[str] = field(default_factory=list[str])
    """Passing errors that it met."""
    refused: str | None = None
    """The error that was not passing."""
    over: str = ""
    """How the client knows that its turn has ended: `event` or `state`."""
    shown: tuple[str, ...] = ()
    """The text of each step as it stood on the screen then."""

    @property
    def turn(self) -> str | None:
        """Its turn, once it is acknowledged."""
        return next(iter(self.turns), None)


class Script:
    """An endless source of messages for one client, the same for the same seed."""

    def __init__(self, seed: int, name: str) -> None:
        self._random = Random(f"{seed}/{name}")
        self._name = name
        self._count = 0
        self._left = 0

    def next(self) -> list[Said]:
        """The next message, or two that are sent without waiting. The first of a conversation stands alone."""
        if self._left <= 0:
            self._left = self._random.randint(*TURNS_OF_CONVERSATION) - 1
            return [self._message(begins=True)]
        several = 2 if self._random.random() < PAIR_SHARE else 1
        self._left -= several
        return [self._message() for _ in range(several)]

    def _message(self, *, begins: bool = False) -> Said:
        self._count += 1
        key = f"{self._name}-{self._count}"
        most = self._random.randint(12, 45)
        last = f"{key} counts: " + " ".join(str(number) for number in range(1, most + 1))
        spoken = f"[[speed {SPEED}]] [[say {key} counts: ]] [[count {most}]]"
        if self._random.random() >= TOOL_SHARE:
            return Said(key=key, text=spoken, answer=(last,), begins=begins)
        stored: Json = {"key": f"of {key}", "value": {"said": key}}
        tools = f"[[tool memory_store {orjson.dumps(stored).decode()}]]"
        if self._random.random() < 0.5:
            tools += f'[[tool calculator {{"expression": "{self._count} * 7"}}]]'
        first = f"{key} looks. "
        text = f"[[say {first}]] {tools} [[then]] {spoken}"
        return Said(key=key, text=text, answer=(first, last), memory=stored["key"], begins=begins)
