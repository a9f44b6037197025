"""Decides whether a tool that a model asks for runs, asks the person first, or is refused; touches nothing.

The danger is a stranger's text that speaks to the model: once there is some in what the model has read, whatever it
asks for may be the stranger's wish. So from then on the person is asked before a tool reads what is private or changes
something, and, once something private is known too, before anything goes out. What a tool does within its own
conversation reaches nobody and nothing beyond it, and needs no question. A setting of the person's for one tool stands
above all of this.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, cast, get_args

from sandbox.tool import Facts

Rule = Literal["always", "ask", "never"]
"""What a person may set for a tool: it always runs, always asks, or is never offered."""
Decision = Literal["run", "ask", "refuse"]
INCLUDE_UNTRUSTED = "include_untrusted"
"""The argument by which a tool that searches shows text by strangers too, which it leaves out otherwise."""
Reason = Literal["rule", "untrusted"]
"""Why a person is asked: they want to be, or strangers' text is in what the model has read."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the model has read on its branch."""

    strangers: bool = False
    """Text by strangers."""
    private: bool = False
    """What the person keeps."""


def rules_of(kept: object) -> Mapping[str, Rule]:
    """The rules among what a person's settings hold, which may be anything."""
    if not isinstance(kept, dict):
        return {}
    known = cast("dict[str, object]", kept)
    return {name: cast("Rule", rule) for name, rule in known.items() if rule in get_args(Rule)}


def decide(facts: Facts, rule: Rule | None, known: Known) -> Decision:
    """Whether a tool with these facts may run, after what the model has read."""
    match rule:
        case "always":
            return "run"
        case "ask":
            return "ask"
        case "never":
            return "refuse"
        case None:
            return "ask" if known.strangers and reaches(facts, private=known.private) else "run"


def reaches(facts: Facts, *, private: bool) -> bool:
    """Whether a stranger could gain by it: it touches what lies beyond its conversation, or may tell of it."""
    touches = facts.reads_private or facts.side_effect
    return (touches and not facts.in_conversation) or (facts.exfiltrates and (touches or private))
