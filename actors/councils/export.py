"""A council as Markdown: what was asked, what each member said in each round, and what came of it."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from actors.councils.records import Deliberation, Given
from actors.councils.votes import changed, count

REASONS: Mapping[str, str] = {
    "consensus": "more than half of all members agreed",
    "stability": "nobody changed their vote any more",
    "max_rounds": "all rounds were held",
    "budget": "the budget was used up",
    "stopped": "it was stopped",
    "broken": "no member gave an answer that counts",
}


def markdown(state: Deliberation) -> str:
    """The whole of it. What is hidden while a round is open is left out here, too."""
    return "\n".join(_lines(state)).strip() + "\n"


def _lines(state: Deliberation) -> Iterator[str]:
    council = state.council
    yield f"# {_line(council.question)[:200]}"
    yield ""
    if _line(council.question) != council.question or len(council.question) > 200:
        yield from _quoted(council.question)
        yield ""
    for option in council.options:
        yield f"- {_line(option)}"
    yield ""
    yield from _outcome(state)
    yield "## Members"
    yield ""
    yield "| member | model | cost |"
    yield "|---|---|---:|"
    for member in state.members:
        cost = sum((each.cost_usd for each in state.answers if each.member == member.n), Decimal(0))
        yield f"| {_cell(member.name)} | {_cell(member.model or '')} | {_usd(cost)} |"
    yield ""
    for round in range(1, council.round + 1):
        yield from _round(state, round)


def _outcome(state: Deliberation) -> Iterator[str]:
    council, outcome = state.council, state.council.outcome
    if outcome is None:
        yield f"*{council.status}, round {council.round} of at most {council.max_rounds}*"
        yield ""
        return
    yield "## Outcome"
    yield ""
    yield f"**{_line(outcome['winner'] or 'No winner')}**" + (" by consensus" if outcome["consensus"] else "")
    yield ""
    if council.reason:
        yield f"It ended after round {council.round}: {REASONS[council.reason]}."
        yield ""
    yield from _tallies(outcome["votes"], outcome["abstained"], state)
    baseline = _line(outcome["baseline"] or "no winner")
    yield f"Without any debate the blind first answers gave: {baseline} ({_usd(outcome['baseline_cost_usd'])})."
    yield f"The debate cost {_usd(outcome['debate_cost_usd'])} on top of it."
    yield ""
    if outcome["minority"]:
        yield "### Minority report"
        yield ""
        for voice in outcome["minority"]:
            name, vote, position = (_line(voice[field] or "") for field in ("name", "vote", "position"))
            yield f"**{name}** votes for *{vote}*: {position}"
            yield ""
            yield from _quoted(voice["reasoning"] or "")
            yield ""


def _tallies(votes: Sequence[Mapping[str, Any]], abstained: Sequence[int], state: Deliberation) -> Iterator[str]:
    names = {member.n: member.name for member in state.members}
    yield "| option | votes | members |"
    yield "|---|---:|---|"
    for tally in votes:
        who = ", ".join(names.get(n, str(n)) for n in tally["members"])
        yield f"| {_cell(tally['option'])} | {tally['votes']} | {_cell(who)} |"
    if abstained:
        yield f"| *no vote* | {len(abstained)} | {_cell(', '.join(names.get(n, str(n)) for n in abstained))} |"
    yield ""


def _round(state: Deliberation, round: int) -> Iterator[str]:
    yield f"## Round {round}"
    yield ""
    for remark in state.remarks:
        if remark.round == round:
            yield "The person said:"
            yield ""
            yield from _quoted(remark.content)
            yield ""
    if state.open(round):
        yield "*This round is open: what was said is shown once all have answered.*"
        yield ""
        return
    agreement = count(state, round).agreement
    if agreement is not None:
        yield f"Agreement {agreement:.0%}; {changed(state, round)} changed their vote."
        yield ""
    given = state.given(round)
    for member in state.members:
        if member.n in given:
            yield from _answer(member.name, given[member.n])


def _answer(name: str, given: Given) -> Iterator[str]:
    said = given.answer or {}
    yield f"### {_line(name)}: {_line(given.vote) if given.vote else given.status}"
    yield ""
    if given.error:
        yield f"*{_line(str(given.error.get('detail') or given.error.get('title') or ''))}*"
        yield ""
    for text in (said.get("position"), said.get("reasoning")):
        if text:
            yield from _quoted(str(text))
            yield ""
    for argument in said.get("arguments") or ():
        yield f"- {_line(str(argument))}"
    yield ""


def _quoted(text: str) -> Iterator[str]:
    for line in text.splitlines() or [""]:
        yield f"> {line}"


def _line(text: str) -> str:
    return " ".join(text.split())


def _cell(text: str) -> str:
    return _line(text).replace("|", "\\|")


def _usd(amount: object) -> str:
    return f"${Decimal(str(amount)):.4f}"
