"""What a batch of councils came to, as Markdown: how they ended, how often they were right, what each part cost."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from actors.batch.work import Result

MOST_LISTED = 20


def summary(results: Sequence[Result]) -> str:
    """The whole of it."""
    return "\n".join(_lines(results)) + "\n"


def _lines(results: Sequence[Result]) -> Iterator[str]:
    held = [result for result in results if result["status"] == "completed"]
    yield "# Councils"
    yield ""
    yield f"{len(results)} questions: {', '.join(_counted(result['status'] for result in results)) or 'none'}."
    if held:
        yield f"They ended by {', '.join(_counted(str(result['reason']) for result in held))}; "
        yield f"{sum(bool(result['consensus']) for result in held)} with a consensus, "
        yield f"after {sum(result['rounds'] for result in held) / len(held):.1f} rounds on average."
    yield ""
    yield from _rightness(results)
    yield from _costs(results)
    if held:
        yield "![Agreement over the rounds](agreement.svg)"
        yield ""
    yield from _disputed(held)
    yield from _failures(results)


def _counted(words: Iterator[str]) -> list[str]:
    return [f"{number} {word}" for word, number in Counter(words).most_common()]


def _rightness(results: Sequence[Result]) -> Iterator[str]:
    known = [result for result in results if result.get("right") is not None]
    if not known:
        return
    right, bare = (sum(bool(result[name]) for result in known) for name in ("right", "baseline_right"))
    yield "| | right | of |"
    yield "|---|---:|---:|"
    yield f"| council | {right} ({right / len(known):.0%}) | {len(known)} |"
    yield f"| majority of the blind first answers | {bare} ({bare / len(known):.0%}) | {len(known)} |"
    yield ""


def _costs(results: Sequence[Result]) -> Iterator[str]:
    blind, debate, whole = (
        sum(float(result.get(name) or 0) for result in results)
        for name in ("baseline_cost_usd", "debate_cost_usd", "cost_usd")
    )
    yield "## Cost"
    yield ""
    yield "| | tokens | US dollars |"
    yield "|---|---:|---:|"
    members: dict[str, list[float]] = {}
    for result in results:
        for member in result.get("members", ()):
            spent = members.setdefault(_cell(member["name"]), [0, 0.0])
            spent[0] += member["tokens"]
            spent[1] += float(member["cost_usd"])
    for name, (tokens, usd) in sorted(members.items(), key=lambda each: -each[1][1]):
        yield f"| {name} | {tokens:,.0f} | {usd:.4f} |"
    yield f"| *blind first answers* | | {blind:.4f} |"
    yield f"| *debate on top of them* | | {debate:.4f} |"
    yield f"| **all** | {sum(tokens for tokens, _ in members.values()):,.0f} | **{whole:.4f}** |"
    yield ""


def _disputed(held: Sequence[Result]) -> Iterator[str]:
    """The questions on which members agree least."""
    split = sorted((result for result in held if (_last(result) or 0) < 1), key=lambda result: _last(result) or 0)
    if not split:
        return
    yield "## Least agreed upon"
    yield ""
    yield "| line | question | winner | agreement |"
    yield "|---:|---|---|---:|"
    for result in split[:MOST_LISTED]:
        question = _cell(str(result["input"].get("question", "")))[:80]
        yield f"| {result['n']} | {question} | {_cell(str(result['winner'] or 'none'))} | {_last(result) or 0:.0%} |"
    yield ""


def _failures(results: Sequence[Result]) -> Iterator[str]:
    failed = [result for result in results if result["status"] != "completed"]
    if not failed:
        return
    yield "## Not completed"
    yield ""
    for result in failed[:MOST_LISTED]:
        yield f"- line {result['n']}: {result['status']}: {_said(result.get('error'))}"
    if len(failed) > MOST_LISTED:
        yield f"- and {len(failed) - MOST_LISTED} more"


def _last(result: Result) -> float | None:
    known = [share for share in result["agreement"] if share is not None]
    return known[-1] if known else None


def _said(error: Any) -> str:
    if isinstance(error, dict):
        return _cell(str(error.get("title") or error))  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
    return _cell(str(error or "no reason is known"))[:300]


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
