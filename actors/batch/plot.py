"""How members came to agree over the rounds, as an SVG that needs nothing else."""

from collections.abc import Iterator, Sequence
from statistics import fmean

from actors.batch.work import Result

WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 640, 360, 56, 40, 16, 44
MOST_LINES = 500
STYLE = """text{font:12px system-ui,sans-serif;fill:#475569}.grid{stroke:#cbd5e1;stroke-width:1}
.one{fill:none;stroke:#5b8def;stroke-width:1;opacity:.25}.mean{fill:none;stroke:#b45309;stroke-width:3}
.dot{fill:#b45309}"""


def agreement_plot(results: Sequence[Result]) -> str:
    """A thin line for each council, a thick one for their mean; who has ended counts with where it ended."""
    lines = [[share for share in result.get("agreement", ()) if share is not None] for result in results]
    return "".join(_svg([line for line in lines if line]))


def _svg(lines: Sequence[Sequence[float]]) -> Iterator[str]:
    rounds = max((len(line) for line in lines), default=1)
    yield f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">'
    yield f"<title>Agreement over the rounds of {len(lines)} councils</title><style>{STYLE}</style>"
    yield f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>'
    told = f"Share of members on one option, by round; {len(lines)} councils and their mean"
    yield f'<text x="{LEFT}" y="22">{told}</text>'
    for share in (0, 0.25, 0.5, 0.75, 1):
        y = _y(share)
        yield f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        yield f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{share:.0%}</text>'
    for n in range(1, rounds + 1):
        yield f'<text x="{_x(n, rounds):.1f}" y="{HEIGHT - BOTTOM + 20}" text-anchor="middle">{n}</text>'
    for line in lines[:MOST_LINES]:
        yield f'<polyline class="one" points="{_points(_held(line, rounds), rounds)}"/>'
    if lines:
        mean = [fmean(values) for values in zip(*(_held(line, rounds) for line in lines), strict=True)]
        yield f'<polyline class="mean" points="{_points(mean, rounds)}"/>'
        for n, share in enumerate(mean, 1):
            yield f'<circle class="dot" cx="{_x(n, rounds):.1f}" cy="{_y(share):.1f}" r="4"/>'
    yield "</svg>\n"


def _held(line: Sequence[float], rounds: int) -> list[float]:
    return [*line, *[line[-1]] * (rounds - len(line))]


def _points(shares: Sequence[float], rounds: int) -> str:
    return " ".join(f"{_x(n, rounds):.1f},{_y(share):.1f}" for n, share in enumerate(shares, 1))


def _x(round: int, rounds: int) -> float:
    room = WIDTH - LEFT - RIGHT
    return LEFT + (room / 2 if rounds == 1 else room * (round - 1) / (rounds - 1) * 0.94 + room * 0.03)


def _y(share: float) -> float:
    return TOP + (1 - share) * (HEIGHT - TOP - BOTTOM)
