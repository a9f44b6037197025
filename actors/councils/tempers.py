"""Who sits in a council when nobody was chosen: the four founders, or members made up of different tempers."""

from collections.abc import Mapping, Sequence

from actors.councils.records import Member
from village.agents.founders import AZOTH, ELYSIAN, KETHER, VAJRA

FOUNDERS = (AZOTH, ELYSIAN, VAJRA, KETHER)
TEMPERS: Mapping[str, str] = {
    "Pragmatist": "You ask what works here and now, with the means at hand, and what it costs.",
    "Idealist": "You ask what would be right, and what the best outcome would be if it could be had.",
    "Skeptic": "You ask what could be wrong: which claim lacks evidence, which step does not follow.",
    "Synthesizer": "You look for what several views have in common, and for the answer that each could accept.",
    "Innovator": "You look for the answer that nobody has thought of, and turn the question around.",
    "Analyst": "You take the question apart, compute what can be computed, and compare the parts.",
    "Historian": "You ask how similar questions were decided before, and what came of it.",
    "Advocate": "You speak for those who are affected and do not sit here.",
    "Strategist": "You think several moves ahead: what others will do then, and what that leaves open.",
    "Engineer": "You ask how it would be built, where it would break, and how one would notice.",
    "Minimalist": "You look for what can be left out, and prefer the simplest answer that holds.",
    "Judge": "You weigh what speaks for each side, say which weighs more, and decide.",
}


def founders() -> list[Member]:
    """The four founders."""
    return [
        Member(n=n, name=founder.display_name, persona=founder.persona, agent=founder.agent)
        for n, founder in enumerate(FOUNDERS, 1)
    ]


def tempered(how_many: int) -> list[Member]:
    """So many members, each of another temper."""
    chosen: Sequence[tuple[str, str]] = list(TEMPERS.items())[:how_many]
    return [Member(n=n, name=name, persona=f"You are {name}. {temper}") for n, (name, temper) in enumerate(chosen, 1)]
