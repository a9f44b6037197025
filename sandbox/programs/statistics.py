# pyright: basic
"""Statistics of tables: what a column holds, how columns go together, and what chance explains."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from sandbox.programs.cells import plain_value, rounded
from sandbox.programs.distributions import chi_square_tail, f_tail, t_tails
from sandbox.programs.refusal import Refused
from sandbox.programs.tables import Connection, checked, opened, quoted, understood

Array = Any
MOST_COLUMNS, MOST_CORRELATED, MOST_GROUPS, MOST_PREDICTORS = 60, 20, 50, 20
TOP = 5
NUMBERS = ("INT", "DOUBLE", "FLOAT", "DECIMAL", "REAL")
MEASURED = (
    *(("min", "min({})"), ("max", "max({})"), ("mean", "avg({})"), ("std", "stddev_samp({})")),
    *(("q25", "quantile_cont({}, 0.25)"), ("median", "quantile_cont({}, 0.5)"), ("q75", "quantile_cont({}, 0.75)")),
)
ORDERED = (("min", "min({})"), ("max", "max({})"))


def describe(path: str, columns: Sequence[str], sheet: str) -> dict[str, object]:
    """Of each column: type, how many values, gaps and different ones, and the measures that its type has."""
    with understood():
        connection = opened([path], sheet)
        kinds = _kinds(connection)
        checked(list(kinds), columns)
        chosen = list(columns or kinds)[:MOST_COLUMNS]
        ((rows,),) = connection.execute("select count(*) from data").fetchall()
        told = {"row_count": rows, "columns": [_described(connection, name, kinds[name]) for name in chosen]}
        return (
            {**told, "columns_left_out": len(kinds) - len(chosen)}
            if not columns and len(kinds) > MOST_COLUMNS
            else told
        )


def correlate(path: str, columns: Sequence[str], method: str) -> dict[str, object]:
    """How columns of numbers go together, pair by pair, over the rows where both have a value."""
    with understood():
        connection = opened([path])
        kinds = _kinds(connection)
        checked(list(kinds), columns)
        chosen = list(columns) or [name for name, kind in kinds.items() if _is_number(kind)]
        if not 2 <= len(chosen) <= MOST_CORRELATED:
            raise Refused(f"It takes 2 to {MOST_CORRELATED} columns of numbers; here are {len(chosen)}. Name them.")
        values = [numbers(connection, name) for name in chosen]
        pairs = []
        for at, name in enumerate(chosen):
            for other in range(at + 1, len(chosen)):
                r, n = _correlation(values[at], values[other], method)
                p = t_tails(r * np.sqrt((n - 2) / (1 - r * r)), n - 2) if n > 2 and abs(r) < 1 else None
                pairs.append({"columns": [name, chosen[other]], "r": rounded(r), "n": n, "p": rounded(p)})
        return {"method": method, "pairs": sorted(pairs, key=lambda pair: -_strength(pair["r"]))}


def test(path: str, kind: str, y: str, x: Sequence[str], mean: float) -> dict[str, object]:
    """One statistical test over columns of a table."""
    with understood():
        connection = opened([path])
        checked(list(_kinds(connection)), [y, *x])
        if kind != "t_one_sample" and not x:
            raise Refused("Name in `x` what to compare with.")
        if kind == "chi_square":
            return _chi_square(connection, y, x[0])
        if kind == "linear_regression":
            return _regression(connection, y, x)
        if kind in ("t_two_sample", "anova"):
            groups = _groups(connection, y, x[0])
            return _welch(groups) if kind == "t_two_sample" else _anova(groups)
        values = numbers(connection, y)
        return _one_sample(values - numbers(connection, x[0]) if kind == "t_paired" else values, mean)


def numbers(connection: Connection, name: str) -> Array:
    """A column as numbers, with nan for gaps. Raises Refused if it holds something else."""
    found = connection.execute(f"select try_cast({quoted(name)} as double), {quoted(name)} is null from data")
    read, missing = found.fetchnumpy().values()
    values = np.ma.filled(np.ma.asarray(read, dtype=float), np.nan)
    if np.isnan(values).sum() > np.asarray(missing, dtype=bool).sum():
        raise Refused(f"The column {name!r} holds more than numbers.")
    return values


def _kinds(connection: Connection) -> dict[str, str]:
    found = connection.table("data")
    return {name: str(kind) for name, kind in zip(found.columns, found.types, strict=True)}


def _is_number(kind: str) -> bool:
    return any(word in kind for word in NUMBERS) and "[" not in kind and "(" not in kind.replace("DECIMAL(", "")


def _described(connection: Connection, name: str, kind: str) -> dict[str, object]:
    column = quoted(name)
    measures = MEASURED if _is_number(kind) else ORDERED if kind.startswith(("DATE", "TIME")) else ()
    asked = ["count({})", "count(*) - count({})", "count(distinct {})", *(sql for _, sql in measures)]
    sql = ", ".join(f"cast({each.format(column)} as varchar)" for each in asked)
    (row,) = connection.execute(f"select {sql} from data").fetchall()
    told: dict[str, object] = {"name": name, "type": kind[:100]}
    told |= dict(zip(("count", "missing", "distinct"), map(int, row[:3]), strict=True))
    for (measure, _), value in zip(measures, row[3:], strict=True):
        told[measure] = rounded(float(value)) if value is not None and measures is MEASURED else value
    if not measures:
        told["top"] = _top(connection, column)
    return told


def _top(connection: Connection, column: str) -> list[dict[str, object]]:
    """The values that are there most often."""
    sql = f"select {column}, count(*) n from data where {column} is not null group by 1 order by n desc, 1 limit {TOP}"
    return [{"value": plain_value(value), "count": count} for value, count in connection.execute(sql).fetchall()]


def _correlation(one: Array, other: Array, method: str) -> tuple[float, int]:
    both = ~(np.isnan(one) | np.isnan(other))
    one, other = one[both], other[both]
    if method == "spearman":
        one, other = _ranks(one), _ranks(other)
    if len(one) < 2 or np.ptp(one) == 0 or np.ptp(other) == 0:
        return float("nan"), len(one)
    return float(np.clip(np.corrcoef(one, other)[0, 1], -1, 1)), len(one)


def _ranks(values: Array) -> Array:
    """Places in order; those that are equal share the mean of theirs."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return (ends - (counts - 1) / 2)[place]


def _strength(r: object) -> float:
    return abs(r) if isinstance(r, int | float) else -1.0


def _groups(connection: Connection, y: str, x: str) -> dict[str, Array]:
    values = numbers(connection, y)
    labels = [row[0] for row in connection.execute(f"select cast({quoted(x)} as varchar) from data").fetchall()]
    names = sorted({label for label in labels if label is not None})
    if not 2 <= len(names) <= MOST_GROUPS:
        raise Refused(f"{x!r} makes {len(names)} groups; it takes 2 to {MOST_GROUPS}.")
    split = {name: values[np.array([label == name for label in labels]) & ~np.isnan(values)] for name in names}
    if min(map(len, split.values())) < 2:
        raise Refused("Each group needs at least two values.")
    return split


def _one_sample(values: Array, mean: float) -> dict[str, object]:
    values = values[~np.isnan(values)]
    spread = _spread(values)
    statistic = (values.mean() - mean) / (spread / np.sqrt(len(values)))
    told = {"mean": rounded(values.mean()), "std": rounded(spread), "against": mean}
    return {"n": len(values), **told, **_t(statistic, len(values) - 1)}


def _welch(groups: dict[str, Array]) -> dict[str, object]:
    """Student's t for two groups whose variances may differ (Welch, 1947)."""
    if len(groups) != 2:
        raise Refused(f"This test compares two groups; here are {len(groups)}. Take anova.")
    one, other = groups.values()
    errors = [_spread(each) ** 2 / len(each) for each in (one, other)]
    freedom = sum(errors) ** 2 / sum(e * e / (len(g) - 1) for e, g in zip(errors, (one, other), strict=True))
    return {"groups": _summary(groups), **_t((one.mean() - other.mean()) / np.sqrt(sum(errors)), freedom)}


def _anova(groups: dict[str, Array]) -> dict[str, object]:
    everything = np.concatenate(list(groups.values()))
    between = sum(len(g) * (g.mean() - everything.mean()) ** 2 for g in groups.values())
    within = sum(((g - g.mean()) ** 2).sum() for g in groups.values())
    above, below = len(groups) - 1, len(everything) - len(groups)
    if within == 0:
        raise Refused("Within the groups nothing varies.")
    statistic = (between / above) / (within / below)
    p = rounded(f_tail(float(statistic), above, below))
    return {"groups": _summary(groups), "F": rounded(statistic), "df": [above, below], "p": p}


def _chi_square(connection: Connection, y: str, x: str) -> dict[str, object]:
    one, other = quoted(y), quoted(x)
    where = f"where {one} is not null and {other} is not null"
    sql = f"select cast({one} as varchar), cast({other} as varchar), count(*) from data {where} group by all"
    counts = connection.execute(sql).fetchall()
    rows, columns = (sorted({count[at] for count in counts}) for at in (0, 1))
    if not (2 <= len(rows) <= MOST_GROUPS and 2 <= len(columns) <= MOST_GROUPS):
        raise Refused(f"This makes a table of {len(rows)} by {len(columns)}; it takes 2 to {MOST_GROUPS} each.")
    table = np.zeros((len(rows), len(columns)))
    for row, column, count in counts:
        table[rows.index(row), columns.index(column)] = count
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / table.sum()
    statistic = float(((table - expected) ** 2 / expected).sum())
    freedom = (len(rows) - 1) * (len(columns) - 1)
    told = {"n": int(table.sum()), "chi_square": rounded(statistic), "df": freedom}
    return {**told, "p": rounded(chi_square_tail(statistic, freedom)), "least_expected": rounded(expected.min())}


def _regression(connection: Connection, y: str, x: Sequence[str]) -> dict[str, object]:
    """Ordinary least squares with an intercept."""
    if len(x) > MOST_PREDICTORS:
        raise Refused(f"At most {MOST_PREDICTORS} predictors.")
    columns = np.column_stack([numbers(connection, name) for name in (y, *x)])
    columns = columns[~np.isnan(columns).any(axis=1)]
    observed, design = columns[:, 0], np.column_stack([np.ones(len(columns)), columns[:, 1:]])
    freedom = len(observed) - design.shape[1]
    if freedom < 1 or np.linalg.matrix_rank(design) < design.shape[1]:
        raise Refused("There are too few rows, or a predictor follows from the others.")
    solved, *_ = np.linalg.lstsq(design, observed, rcond=None)
    left = ((observed - design @ solved) ** 2).sum()
    total = ((observed - observed.mean()) ** 2).sum()
    if total == 0:
        raise Refused(f"{y!r} never varies.")
    errors = np.sqrt(np.diag(np.linalg.inv(design.T @ design)) * left / freedom)
    terms = [
        {"term": name, "coefficient": rounded(value), "error": rounded(error), **_t(_ratio(value, error), freedom)}
        for name, value, error in zip(("intercept", *x), solved, errors, strict=True)
    ]
    explained = 1 - left / total
    statistic = _ratio(explained / len(x), (1 - explained) / freedom)
    whole = {"F": rounded(statistic), "p": rounded(f_tail(statistic, len(x), freedom))}
    return {"n": len(observed), "r_squared": rounded(explained), **whole, "terms": terms}


def _t(statistic: float, freedom: float) -> dict[str, object]:
    return {"t": rounded(statistic), "df": rounded(freedom), "p": rounded(t_tails(float(statistic), float(freedom)))}


def _ratio(value: float, error: float) -> float:
    return float(value / error) if error > 0 else float("inf")


def _spread(values: Array) -> float:
    if len(values) < 2 or np.ptp(values) == 0:
        raise Refused("It takes at least two values that differ.")
    return float(values.std(ddof=1))


def _summary(groups: dict[str, Array]) -> dict[str, object]:
    return {name[:100]: {"n": len(each), "mean": rounded(each.mean())} for name, each in groups.items()}
