"""Measures tables: what their columns hold, what goes together, which difference chance explains; and draws them."""

from typing import Annotated, Any, Literal

from pydantic import Field

from sandbox.errors import ToolFailed
from sandbox.files import plain
from sandbox.tool import Example, ToolContext, tool
from sandbox.tools.data_inputs import (
    LONGEST_SQL,
    READS,
    SALES,
    SHEET,
    TABLE,
    WRITES,
    Column,
    Columns,
    Path,
    called,
    optional,
)

TestName = Literal["t_one_sample", "t_two_sample", "t_paired", "anova", "chi_square", "linear_regression"]
Kind = Literal["line", "area", "bar", "scatter", "histogram", "box", "pie", "heatmap"]
Cell = Annotated[str, Field(max_length=200)] | float | None
POINTS = {"points.csv": b"x,y\n1,2.1\n2,3.9\n3,6.2\n4,7.8\n"}


@tool(
    category="data",
    facts=READS,
    example=Example(
        arguments={"path": "sales.csv", "columns": ["product", "units"]},
        result={
            "row_count": 4,
            "columns": [
                {
                    "name": "product",
                    "type": "VARCHAR",
                    "count": 4,
                    "missing": 0,
                    "distinct": 2,
                    "top": [{"value": "rum", "count": 2}, {"value": "tea", "count": 2}],
                },
                {
                    "name": "units",
                    "type": "BIGINT",
                    "count": 4,
                    "missing": 0,
                    "distinct": 4,
                    "min": 1.0,
                    "max": 6.0,
                    "mean": 3.5,
                    "std": 2.08167,
                    "q25": 2.5,
                    "median": 3.5,
                    "q75": 4.5,
                },
            ],
        },
        files=SALES,
    ),
)
async def data_describe(
    context: ToolContext,
    *,
    path: Annotated[Path, TABLE],
    columns: Annotated[Columns | None, "Which; all when absent"] = None,
    sheet: Annotated[Column, SHEET] = "",
) -> Any:
    """Describe each column: counts, gaps, mean, spread, quartiles, or the most frequent values."""
    asked = {"path": plain(path), "columns": columns or [], "sheet": sheet}
    return await called(context, "statistics.describe", asked, path)


@tool(
    category="data",
    facts=READS,
    example=Example(
        arguments={"path": "points.csv"},
        result={
            "method": "pearson",
            "pairs": [{"columns": ["x", "y"], "r": 0.997828, "n": 4, "p": 0.00217167}],
        },
        files=POINTS,
    ),
)
async def data_correlate(
    context: ToolContext,
    *,
    path: Annotated[Path, TABLE],
    columns: Annotated[Columns | None, "Columns of numbers; all when absent"] = None,
    method: Annotated[Literal["pearson", "spearman"], "Linear, or by ranks"] = "pearson",
) -> Any:
    """Correlate columns of numbers, pair by pair, with p-values."""
    asked = {"path": plain(path), "columns": columns or [], "method": method}
    return await called(context, "statistics.correlate", asked, path)


@tool(
    category="data",
    facts=READS,
    example=Example(
        arguments={"path": "points.csv", "test": "linear_regression", "y": "y", "x": ["x"]},
        result={
            "n": 4,
            "r_squared": 0.995661,
            "F": 458.976,
            "p": 0.00217167,
            "terms": [
                {
                    "term": "intercept",
                    "coefficient": 0.15,
                    "error": 0.247992,
                    "t": 0.604858,
                    "df": 2.0,
                    "p": 0.606758,
                },
                {"term": "x", "coefficient": 1.94, "error": 0.0905539, "t": 21.4237, "df": 2.0, "p": 0.00217167},
            ],
        },
        files=POINTS,
    ),
)
async def stats_test(
    context: ToolContext,
    *,
    path: Annotated[Path, TABLE],
    test: Annotated[TestName, "t_two_sample is Welch's; t_two_sample and anova group y by x"],
    y: Annotated[Column, "Column to explain or compare"],
    x: Annotated[list[Column] | None, Field(max_length=20), "Column of groups, the paired one, or predictors"] = None,
    mean: Annotated[float, "What t_one_sample compares with"] = 0,
) -> Any:
    """Run a statistical test: t-test, analysis of variance, chi-square or linear regression, with p-values."""
    asked = {"path": plain(path), "kind": test, "y": y, "x": x or [], "mean": mean}
    return await called(context, "statistics.test", asked, path)


@tool(
    category="data",
    facts=WRITES,
    example=Example(
        arguments={
            "kind": "bar",
            "path": "sales.csv",
            "sql": "select product, sum(units) as units from data group by product order by product",
            "x": "product",
            "y": ["units"],
            "save_to": "units.png",
        },
        result={"path": "units.png", "kind": "bar", "series": ["units"], "points": 2},
        files=SALES,
    ),
)
async def plot_chart(
    context: ToolContext,
    *,
    kind: Annotated[Kind, "heatmap: a row of the table each, y as columns"],
    path: Annotated[str, Field(max_length=500), TABLE] = "",
    data: Annotated[
        dict[str, Annotated[list[Cell], Field(max_length=5000)]] | None,
        Field(max_length=20),
        "Columns with values, instead of path",
    ] = None,
    sql: Annotated[str, Field(max_length=LONGEST_SQL), "DuckDB SQL over the file as data, to draw its result"] = "",
    x: Annotated[Column, "Column along the axis, of labels or of groups"] = "",
    y: Annotated[list[Column] | None, Field(max_length=12), "Columns of numbers; all when absent"] = None,
    title: Annotated[str, Field(max_length=200), "Title"] = "",
    x_label: Annotated[str, Field(max_length=100), "Label of the x axis"] = "",
    y_label: Annotated[str, Field(max_length=100), "Label of the y axis"] = "",
    save_to: Annotated[Path, "PNG, SVG or PDF file"] = "chart.png",
    width: Annotated[int, Field(ge=200, le=2400), "Pixels"] = 800,
    height: Annotated[int, Field(ge=200, le=2400), "Pixels"] = 500,
) -> Any:
    """Draw a chart into a picture file."""
    if bool(path) == bool(data):
        raise ToolFailed("Give either path or data.")
    source = {"path": optional(path), "data": data, "sql": sql, "x": x, "y": y or [], "to": plain(save_to)}
    looks = {"kind": kind, "title": title, "x_label": x_label, "y_label": y_label, "width": width, "height": height}
    return await called(context, "plots.chart", {"order": {**source, **looks}}, *([path] if path else []))


STATISTICS_TOOLS = (data_describe, data_correlate, stats_test, plot_chart)
