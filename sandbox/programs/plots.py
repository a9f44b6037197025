# pyright: basic
"""Charts of tables as pictures, by matplotlib."""

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib import pyplot as plt

from sandbox.programs.refusal import Refused
from sandbox.programs.tables import checked, opened, tellable, understood

ENDINGS = (".png", ".svg", ".pdf")
MOST_POINTS, MOST_BARS, MOST_SERIES, MOST_CELLS = 100_000, 200, 12, 10_000
LONGEST_LABEL = 40
TURNED = 8
"""With more labels than this, or longer ones, they are turned."""

Array = Any
Axes = Any
Columns = Mapping[str, list[Any]]


def chart(order: Mapping[str, Any]) -> dict[str, object]:
    """Draw one chart: `kind` of `y` over `x`, out of `path` (by `sql` if given) or of `data`; written to `to`."""
    columns = order["data"] or _read(order["path"], order["sql"])
    x, y = order["x"], list(order["y"])
    checked(list(columns), [*([x] if x else []), *y])
    if len(y) > MOST_SERIES:
        raise Refused(f"At most {MOST_SERIES} series in one chart.")
    if not order["to"].lower().endswith(ENDINGS):
        raise Refused(f"Charts are written as {', '.join(ENDINGS)}.")
    if len({len(values) for values in columns.values()}) > 1:
        raise Refused("All columns need the same number of values.")
    series = y or _numeric(columns, x)
    if not series:
        raise Refused("There is no column of numbers to draw; name it in y.")
    figure, axes = plt.subplots(figsize=(order["width"] / 100, order["height"] / 100), dpi=100, layout="constrained")
    DRAWN[order["kind"]](axes, columns, x, series)
    _label(axes, order, x, series)
    os.makedirs(os.path.dirname(order["to"]) or ".", exist_ok=True)
    figure.savefig(order["to"])
    plt.close(figure)
    points = len(next(iter(columns.values())))
    return {"path": order["to"], "kind": order["kind"], "series": series, "points": points}


def _read(path: str, sql: str) -> Columns:
    with understood():
        found = tellable(opened([path]).sql(sql or "from data"))
        rows = found.limit(MOST_POINTS + 1).fetchall()
    if len(rows) > MOST_POINTS:
        raise Refused(f"More than {MOST_POINTS} rows; aggregate them with sql first.")
    if not rows:
        raise Refused("There are no rows to draw.")
    return {name: [row[at] for row in rows] for at, name in enumerate(found.columns)}


def _numeric(columns: Columns, x: str) -> list[str]:
    """The columns that hold numbers alone."""
    found = [name for name, values in columns.items() if name != x and all(map(_is_number, values))]
    return found[:MOST_SERIES]


def _is_number(value: object) -> bool:
    return value is None or (hasattr(value, "__float__") and not isinstance(value, bool))


def _floats(columns: Columns, name: str) -> Array:
    try:
        return np.array([np.nan if value is None else float(value) for value in columns[name]])
    except (TypeError, ValueError) as error:
        raise Refused(f"The column {name!r} holds more than numbers.") from error


def _places(columns: Columns, x: str, count: int) -> list[Any]:
    """What stands along the x axis: numbers and dates as they are, everything else as labels."""
    if not x:
        return list(range(count))
    values = columns[x]
    if all(value is not None and (_is_number(value) or hasattr(value, "isoformat")) for value in values):
        return [float(value) if _is_number(value) else value for value in values]
    return _labels(values)


def _labels(values: Sequence[object]) -> list[str]:
    return ["" if value is None else str(value)[:LONGEST_LABEL].replace("$", r"\$") for value in values]


def _line(axes: Axes, columns: Columns, x: str, series: Sequence[str]) -> None:
    for name in series:
        values = _floats(columns, name)
        axes.plot(_places(columns, x, len(values)), values, label=name, marker="o" if len(values) < 30 else None)
    axes.grid(alpha=0.3)


def _area(axes: Axes, columns: Columns, x: str, series: Sequence[str]) -> None:
    values = [np.nan_to_num(_floats(columns, name)) for name in series]
    axes.stackplot(_places(columns, x, len(values[0])), *values, labels=series, alpha=0.8)


def _scatter(axes: Axes, columns: Columns, x: str, series: Sequence[str]) -> None:
    if not x:
        raise Refused("A scatter plot needs x.")
    for name in series:
        axes.scatter(_places(columns, x, 0), _floats(columns, name), label=name, s=16, alpha=0.7)
    axes.grid(alpha=0.3)


def _bar(axes: Axes, columns: Columns, x: str, series: Sequence[str]) -> None:
    count = len(columns[series[0]])
    if count > MOST_BARS:
        raise Refused(f"{count} bars are too many ({MOST_BARS} at most); aggregate with sql first.")
    at, width = np.arange(count), 0.8 / len(series)
    for nth, name in enumerate(series):
        axes.bar(at + (nth - (len(series) - 1) / 2) * width, np.nan_to_num(_floats(columns, name)), width, label=name)
    axes.set_xticks(at, _labels(columns[x]) if x else [str(each + 1) for each in at])


def _histogram(axes: Axes, columns: Columns, x: str, series: Sequence[str]) -> None:
    values = [_floats(columns, name) for name in series]
    together = np.concatenate([each[~np.isnan(each)] for each in values])
    if not len(together):
        raise Refused("There are no numbers to count.")
    edges = np.histogram_bin_edges(together, bins=min(60, max(5, int(np.sqrt(len(together))))))
    for name, each in zip(series, values, strict=True):
        axes.hist(each[~np.isnan(each)], bins=edges, label=name, alpha=0.7 if len(series) > 1 else 1)


def _box(axes: Axes, columns: Columns, x: str, series: Sequence[str]) -> None:
    """A box for each series; with x, one for each of its values."""
    if x:
        labels, values = np.array(_labels(columns[x])), _floats(columns, series[0])
        names = list(dict.fromkeys(labels))
        groups = [values[(labels == name) & ~np.isnan(values)] for name in names]
    else:
        names = list(series)
        groups = [each[~np.isnan(each)] for each in (_floats(columns, name) for name in series)]
    if len(names) > MOST_BARS:
        raise Refused(f"{len(names)} boxes are too many ({MOST_BARS} at most).")
    axes.boxplot(groups)
    axes.set_xticks(range(1, len(names) + 1), names)


def _pie(axes: Axes, columns: Columns, x: str, series: Sequence[str]) -> None:
    values = np.nan_to_num(_floats(columns, series[0]))
    if len(values) > 30 or values.min() < 0 or values.sum() <= 0:
        raise Refused("A pie shows up to 30 numbers, none below 0 and not all 0.")
    axes.pie(values, labels=_labels(columns[x]) if x else None, autopct="%1.1f%%")


def _heatmap(axes: Axes, columns: Columns, x: str, series: Sequence[str]) -> None:
    """A row for each row of the table, named by x, and a column for each series."""
    grid = np.array([_floats(columns, name) for name in series]).T
    if grid.size > MOST_CELLS:
        raise Refused(f"A heatmap has at most {MOST_CELLS} cells.")
    drawn = axes.imshow(grid, aspect="auto", cmap="viridis")
    axes.figure.colorbar(drawn, ax=axes)
    axes.set_xticks(range(len(series)), _labels(series))
    if x and len(grid) <= MOST_BARS:
        axes.set_yticks(range(len(grid)), _labels(columns[x]))


DRAWN: Mapping[str, Callable[[Any, Columns, str, Sequence[str]], None]] = {
    "line": _line,
    "area": _area,
    "bar": _bar,
    "scatter": _scatter,
    "histogram": _histogram,
    "box": _box,
    "pie": _pie,
    "heatmap": _heatmap,
}
WITHOUT_LEGEND = ("pie", "heatmap", "box")


def _label(axes: Axes, order: Mapping[str, Any], x: str, series: Sequence[str]) -> None:
    kind = order["kind"]
    axes.set_title(order["title"].replace("$", r"\$"))
    if kind not in ("pie", "heatmap"):
        axes.set_xlabel((order["x_label"] or (x if kind != "histogram" else "")).replace("$", r"\$"))
        axes.set_ylabel((order["y_label"] or (series[0] if len(series) == 1 else "")).replace("$", r"\$"))
    if kind not in WITHOUT_LEGEND and len(series) > 1:
        axes.legend()
    words = [tick.get_text() for tick in axes.get_xticklabels()]
    if kind != "pie" and (len(words) > TURNED or max(map(len, words), default=0) > TURNED):
        axes.tick_params(axis="x", rotation=45)
