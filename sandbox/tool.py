"""A tool: one decorated async function whose schema is its signature, and what is declared about it.

The model reads a tool only through its name, description and schema, so all three are written once, where the function
is: the docstring is the description, an annotation such as `Annotated[str, "What to look for"]` describes a parameter.
"""

import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, cast, get_args, get_origin, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from cluster.ids import ConversationId, UserId
from cluster.training_prices import TrainingPrices
from sandbox.egress.web import Web
from sandbox.equipment import Equipment, Need
from sandbox.errors import ArgumentsInvalid, ToolFailed

if TYPE_CHECKING:
    from cluster.clients.postgres import Database
    from cluster.services import Services
    from sandbox.files import Files
    from sandbox.notebook.kernels import Kernels
    from sandbox.runner import Runner
    from sandbox.tools.browser.browsers import Browsers
    from sandbox.tools.devices.eeg.boards import Boards

SHOWN_FAULTS = 5
"""How many wrong arguments an error names: a model mends a few at a time."""


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What the policy must know about a tool before it lets a model call it."""

    reads_untrusted: bool = False
    """Its result may hold text by strangers."""
    side_effect: bool = False
    """It changes something."""
    exfiltrates: bool = False
    """It can send data out."""
    idempotent: bool = False
    """Run again with the same arguments, it changes nothing more."""
    reads_private: bool = False
    """Its result may hold what the user keeps: files, memories, other conversations."""
    in_conversation: bool = False
    """It works on the conversation that it is called in."""
    seconds: float = 30.0
    """How long one run may take."""
    needs: tuple[Need, ...] = ()
    """What has to be set up before it can run at all."""


@dataclass(frozen=True, kw_only=True)
class Example:
    """One use of a tool and what comes back, for whoever reads its page; a contract test runs it for real."""

    arguments: Mapping[str, Any]
    result: object
    varies: bool = False
    """Another run gives other values under the same names."""
    after: Sequence[tuple[str, Mapping[str, Any]]] = ()
    """Tools that ran before it, with their arguments."""
    files: Mapping[str, bytes] = field(default_factory=dict[str, bytes])
    """What lies in the workspace before, by path."""


async def _heard_nobody() -> bool:
    return False


@dataclass(frozen=True, kw_only=True)
class ToolContext:
    """On whose behalf a tool runs, and what it may use for that."""

    user: UserId
    conversation: ConversationId | None
    db: "Database"
    files: "Files"
    """The user's workspace."""
    runner: "Runner"
    """Runs programs in jails."""
    kernels: "Kernels"
    """Keeps the conversations' notebooks."""
    browsers: "Browsers"
    """Keeps the conversations' browsers."""
    web: Web = field(default_factory=Web)
    """The way to the web, through the guard."""
    agent: str = "CLAUDE"
    """Which of the user's agents calls."""
    heard_strangers: Callable[[], Awaitable[bool]] = field(default=_heard_nobody)
    """Whether the agent has read text by strangers in this conversation, so that what it writes may be theirs."""
    services: "Services | None" = None
    """The actors and models within reach, for trusted tools; None where there are none."""
    training_prices: TrainingPrices | None = None
    """What training costs, where the operator has set it."""
    library: Mapping[str, "Tool"] = field(default_factory=dict[str, "Tool"])
    """All tools that the user may call, by name."""
    equipment: Equipment = field(default_factory=Equipment)
    """What the operator set up for tools that need something from outside."""
    eeg: "Boards | None" = None
    """Who has the EEG board, where there is one."""

    @property
    def boards(self) -> "Boards":
        """The EEG board. Raises ToolFailed where there is none."""
        if self.eeg is None:
            raise ToolFailed("There is no EEG board here.")
        return self.eeg

    def here(self) -> ConversationId:
        """The conversation that the tool is called in. Raises ToolFailed outside of one."""
        if self.conversation is None:
            raise ToolFailed("This tool works on a conversation, and none was named.")
        return self.conversation


@dataclass(frozen=True, kw_only=True)
class Tool:
    """A callable that a model can ask for; `run` takes the context and the model's arguments and checks them.

    `check` and `run` raise ArgumentsInvalid when the arguments don't fit `parameters`, `run` raises ToolFailed where
    something is not set up that the tool needs.
    """

    name: str
    description: str
    category: str
    parameters: Mapping[str, Any]
    facts: Facts
    """With whatever arguments."""
    facts_with: Callable[[Mapping[str, Any]], Facts]
    """With these arguments, which were not checked."""
    example: Example | None
    check: Callable[[Mapping[str, Any]], object]
    run: Callable[[ToolContext, Mapping[str, Any]], Awaitable[object]]

    @property
    def summary(self) -> str:
        """The first sentence of the description, on one line."""
        first = " ".join(self.description.partition("\n\n")[0].split())
        return first.partition(". ")[0].rstrip(".") + "."


def tool(
    *,
    category: str,
    facts: Facts | None = None,
    facts_with: Callable[[Mapping[str, Any]], Facts] | None = None,
    example: Example | None = None,
) -> Callable[[Callable[..., Awaitable[object]]], Tool]:
    """Make a Tool of an async function. Its first parameter is the ToolContext, the others are the arguments."""

    declared = facts or Facts()

    def decorate(function: Callable[..., Awaitable[object]]) -> Tool:
        arguments = _arguments_of(function)

        async def run(context: ToolContext, given: Mapping[str, Any]) -> object:
            checked = _checked(arguments, given)
            _require(function.__name__, declared.needs, context)
            return await function(context, **{name: getattr(checked, name) for name in arguments.model_fields})

        return Tool(
            name=function.__name__,
            description=inspect.cleandoc(function.__doc__ or ""),
            category=category,
            parameters=_plain(arguments.model_json_schema()),
            facts=declared,
            facts_with=facts_with or (lambda _: declared),
            example=example,
            check=partial(_checked, arguments),
            run=run,
        )

    return decorate


def _require(name: str, needs: Sequence[Need], context: ToolContext) -> None:
    lack = context.equipment.lack(needs) if needs else None
    if lack is not None:
        raise ToolFailed(f"{name} is not available here. {lack}")


def _arguments_of(function: Callable[..., Awaitable[object]]) -> type[BaseModel]:
    hints = get_type_hints(function, include_extras=True)
    fields: dict[str, Any] = {}
    for parameter in list(inspect.signature(function).parameters.values())[1:]:
        default = ... if parameter.default is inspect.Parameter.empty else parameter.default
        fields[parameter.name] = (_described(hints[parameter.name]), default)
    config = ConfigDict(extra="forbid", use_attribute_docstrings=False)
    return create_model(f"{function.__name__}_arguments", __config__=config, **fields)


def _described(hint: Any) -> Any:
    if get_origin(hint) is not Annotated:
        return hint
    kind, *notes = get_args(hint)
    return Annotated[(kind, *(Field(description=note) if isinstance(note, str) else note for note in notes))]


def _checked(arguments: type[BaseModel], given: Mapping[str, Any]) -> BaseModel:
    try:
        return arguments.model_validate(dict(given))
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False, include_input=False)
        faults.sort(key=lambda fault: fault["type"] != "extra_forbidden")  # what is wrong before what is missing
        lines = [f"{'.'.join(map(str, fault['loc'])) or 'arguments'}: {fault['msg']}" for fault in faults]
        more = f"; and {len(lines) - SHOWN_FAULTS} more" if len(lines) > SHOWN_FAULTS else ""
        raise ArgumentsInvalid("; ".join(lines[:SHOWN_FAULTS]) + more) from error


def _plain(schema: Any) -> Any:
    """The schema without the titles that pydantic makes up: each costs tokens in every request and says nothing."""
    if isinstance(schema, list):
        return [_plain(item) for item in cast("list[Any]", schema)]
    if not isinstance(schema, dict):
        return schema
    plain: dict[str, Any] = {}
    for key, value in cast("dict[str, Any]", schema).items():
        if key == "properties":
            plain[key] = {name: _plain(field) for name, field in value.items()}
        elif key != "title" or not isinstance(value, str):
            plain[key] = _plain(value)
    return plain
