"""Measures and charts of tables: the numbers are right, and what cannot be measured or drawn is said."""

import math
from typing import Any

import pytest

from sandbox.programs.distributions import chi_square_tail, f_tail, t_tails
from sandbox.registry import Toolset
from sandbox.tool import ToolContext
from sandbox.tools.data_statistics import STATISTICS_TOOLS
from tests.sandbox.memory_files import MemoryFiles
from tests.sandbox.tools.telling import refused, told

TOOLS = Toolset(STATISTICS_TOOLS)
SLEEP = b"id,extra,group\n" + b"".join(
    f"{at % 10 + 1},{extra},{at // 10 + 1}\n".encode()
    for at, extra in enumerate(
        [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0, 1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]
    )
)
"""Student's own data (1908): what is known of it stands in every textbook."""


@pytest.mark.parametrize("x", [0.001, 0.3, 1.0, 2.5, 7.0, 40.0])
def test_tails_agree_with_their_closed_forms(x: float):
    assert t_tails(x, 1) == pytest.approx(1 - 2 * math.atan(x) / math.pi, rel=1e-9)
    assert t_tails(-x, 2) == pytest.approx(1 - x / math.sqrt(2 + x * x), rel=1e-9)
    assert f_tail(x, 2, 12) == pytest.approx((1 + 2 * x / 12) ** -6, rel=1e-9)
    assert chi_square_tail(x, 2) == pytest.approx(math.exp(-x / 2), rel=1e-9)
    assert chi_square_tail(x, 1) == pytest.approx(math.erfc(math.sqrt(x / 2)), rel=1e-9)


@pytest.mark.parametrize(
    ("test", "more", "told_of_it"),
    [
        ("t_two_sample", {"y": "extra", "x": ["group"]}, {"t": -1.86081, "df": 17.7765, "p": 0.0793941}),
        ("t_one_sample", {"y": "extra"}, {"t": 3.41298, "df": 19.0, "p": 0.0029176}),
        ("anova", {"y": "extra", "x": ["group"]}, {"F": 3.46263, "df": [1, 18], "p": 0.0791867}),
    ],
)
async def test_tests_agree_with_the_textbook(
    context: ToolContext, files: MemoryFiles, test: str, more: dict[str, Any], told_of_it: dict[str, Any]
):
    await files.write({"sleep.csv": SLEEP})
    answer = await told(TOOLS, context, "stats_test", path="sleep.csv", test=test, **more)
    assert {name: answer[name] for name in told_of_it} == {
        name: pytest.approx(value, rel=1e-4) for name, value in told_of_it.items()
    }


async def test_pairs_and_tables_of_counts(context: ToolContext, files: MemoryFiles):
    pairs = b"a,b\n0.7,1.9\n-1.6,0.8\n-0.2,1.1\n-1.2,0.1\n-0.1,-0.1\n3.4,4.4\n3.7,5.5\n0.8,1.6\n0,4.6\n2,3.4\n"
    votes = b"sex,vote\n" + b"f,yes\n" * 10 + b"f,no\n" * 20 + b"m,yes\n" * 20 + b"m,no\n" * 10
    await files.write({"pairs.csv": pairs, "votes.csv": votes})
    paired = await told(TOOLS, context, "stats_test", path="pairs.csv", test="t_paired", y="a", x=["b"])
    assert (paired["t"], paired["df"]) == (pytest.approx(-4.0621, rel=1e-4), 9)
    assert paired["p"] == pytest.approx(0.00283289, rel=1e-4)
    voted = await told(TOOLS, context, "stats_test", path="votes.csv", test="chi_square", y="vote", x=["sex"])
    assert (voted["chi_square"], voted["df"]) == (pytest.approx(6.66667), 1)
    assert voted["p"] == pytest.approx(math.erfc(math.sqrt(20 / 6)), rel=1e-4)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"test": "anova", "y": "extra"}, "Name in `x`"),
        ({"test": "anova", "y": "extra", "x": ["nothing"]}, "There is no column 'nothing'"),
        ({"test": "t_two_sample", "y": "extra", "x": ["id"]}, "Take anova"),
        ({"test": "anova", "y": "who", "x": ["group"]}, "holds more than numbers"),
        ({"test": "linear_regression", "y": "extra", "x": ["id", "id"]}, "follows from the others"),
    ],
)
async def test_what_cannot_be_tested_is_said(
    context: ToolContext, files: MemoryFiles, arguments: dict[str, Any], error: str
):
    lines = SLEEP.decode().splitlines()
    await files.write({"s.csv": "\n".join([f"{lines[0]},who", *(f"{line},x" for line in lines[1:])]).encode()})
    assert error in await refused(TOOLS, context, "stats_test", path="s.csv", **arguments)


async def test_correlation_by_ranks_shares_places_and_skips_gaps(context: ToolContext, files: MemoryFiles):
    await files.write({"t.csv": b"a,b,c\n1,1,x\n2,8,x\n2,8,x\n3,27,x\n,9,x\n"})
    (pair,) = (await told(TOOLS, context, "data_correlate", path="t.csv", method="spearman"))["pairs"]
    assert pair == {"columns": ["a", "b"], "r": 1.0, "n": 4, "p": None}
    assert "more than numbers" in await refused(TOOLS, context, "data_correlate", path="t.csv", columns=["a", "c"])


async def test_columns_of_all_kinds_are_described(context: ToolContext, files: MemoryFiles):
    await files.write(
        {"t.json": b'[{"a": 1.5, "d": "2026-01-01", "l": [1]}, {"a": null, "d": "2026-01-03", "l": [1]}]'}
    )
    number, date, some = (await told(TOOLS, context, "data_describe", path="t.json"))["columns"]
    assert (number["mean"], number["missing"], number["std"]) == (1.5, 1, None)
    assert (date["min"], date["max"]) == ("2026-01-01", "2026-01-03")
    assert some["top"] == [{"value": [1], "count": 2}]


@pytest.mark.parametrize("kind", ["line", "area", "bar", "scatter", "histogram", "box", "pie", "heatmap"])
async def test_each_kind_of_chart_is_drawn(context: ToolContext, files: MemoryFiles, kind: str):
    data = {"label": ["a $x$", "b", "c"], "one": [1, 2, 3], "two": [3, None, 1]}
    asked = {"kind": kind, "data": data, "x": "one" if kind == "scatter" else "label", "save_to": f"c/{kind}.svg"}
    drawn = await told(TOOLS, context, "plot_chart", **asked, title="cost in $", y=["one", "two"])
    assert drawn["path"] == f"c/{kind}.svg"
    assert b"<svg" in files.contents[f"c/{kind}.svg"][:1000]


async def test_a_chart_of_a_file_draws_its_numbers(context: ToolContext, files: MemoryFiles):
    await files.write({"t.csv": b"day,n,m,name\n2026-01-01,1,2,a\n2026-01-02,2,,b\n"})
    drawn = await told(TOOLS, context, "plot_chart", kind="line", path="t.csv", x="day", width=300, height=200)
    assert (drawn["series"], drawn["points"]) == (["n", "m"], 2)
    assert files.contents["chart.png"].startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({}, "Give either path or data"),
        ({"data": {"a": [1, 2], "b": [1]}}, "the same number of values"),
        ({"data": {"a": ["x"]}}, "no column of numbers"),
        ({"data": {"a": ["x"]}, "y": ["a"]}, "holds more than numbers"),
        ({"data": {"a": [1]}, "y": ["b"]}, "There is no column 'b'"),
        ({"data": {"a": [1]}, "save_to": "a.exe"}, "Charts are written as .png, .svg, .pdf"),
        ({"data": {"a": list(range(300))}, "kind": "bar"}, "300 bars are too many"),
        ({"data": {"a": [-1]}, "kind": "pie"}, "none below 0"),
    ],
)
async def test_what_cannot_be_drawn_is_said(context: ToolContext, arguments: dict[str, Any], error: str):
    assert error in await refused(TOOLS, context, "plot_chart", **{"kind": "line", **arguments})
