"""What an AG-UI client sends to run an agent (protocol 1.0), as far as it is understood here."""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field
from pydantic.alias_generators import to_camel

from serve.compat.messages_wire import MOST_MESSAGES, Sent

Json = dict[str, Any]
Id = Annotated[str, Field(min_length=1, max_length=500)]


class Camel(Sent):
    """A part of a request; its names are in camelCase on the wire."""

    model_config = ConfigDict(alias_generator=to_camel)


class Part(Camel):
    type: str
    text: str | None = None


class Message(Camel):
    role: Literal["developer", "system", "assistant", "user", "tool", "activity", "reasoning"]
    content: str | list[Part] | Json | None = None


class Resume(Camel):
    """The answer to an interrupt: whether a tool may run."""

    interrupt_id: Id
    status: Literal["resolved", "cancelled"]
    payload: Any = None

    @property
    def approves(self) -> bool:
        """Whether it may: `{"approved": false}` says no, and so does who cancels."""
        said: Any = self.payload
        return self.status == "resolved" and said not in (False, {"approved": False})


class Props(Camel):
    """What a client hands through to the agent."""

    agent: Annotated[str, Field(min_length=1, max_length=50)] | None = None


class Run(Camel):
    """A run: what the user said last is answered, or a run that waits for the person goes on."""

    thread_id: Id
    run_id: Id
    messages: Annotated[list[Message], Field(max_length=MOST_MESSAGES, default_factory=list[Message])]
    state: Any = None
    forwarded_props: Props | None = None
    resume: Annotated[list[Resume], Field(max_length=100)] | None = None
