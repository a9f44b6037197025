"""How likely a statistic is by chance alone: the tails of Student's t, Fisher's F and chi-square.

After Press et al., Numerical Recipes, 3rd ed., 6.2 and 6.4: the incomplete gamma and beta functions by series and by
continued fractions (Lentz's way), good to about twelve digits.
"""

import math

MOST_STEPS, NEAR, TINY = 10_000, 1e-14, 1e-300


def t_tails(statistic: float, freedom: float) -> float:
    """How likely a t at least as far from 0, on either side, is."""
    return _beta(freedom / 2, 0.5, freedom / (freedom + statistic * statistic))


def f_tail(statistic: float, above: float, below: float) -> float:
    """How likely an F at least as large is."""
    return 1.0 if statistic <= 0 else _beta(below / 2, above / 2, below / (below + above * statistic))


def chi_square_tail(statistic: float, freedom: float) -> float:
    """How likely a chi-square at least as large is."""
    a, x = freedom / 2, statistic / 2
    if x <= 0:
        return 1.0
    front = math.exp(-x + a * math.log(x) - math.lgamma(a))
    return 1 - front * _gamma_series(a, x) if x < a + 1 else front * _gamma_fraction(a, x)


def _gamma_series(a: float, x: float) -> float:
    term = total = 1 / a
    for step in range(1, MOST_STEPS):
        term *= x / (a + step)
        total += term
        if abs(term) < abs(total) * NEAR:
            break
    return total


def _gamma_fraction(a: float, x: float) -> float:
    b = x + 1 - a
    c, d = 1 / TINY, 1 / b
    result = d
    for step in range(1, MOST_STEPS):
        factor = -step * (step - a)
        b += 2
        d = 1 / _away(factor * d + b)
        c = _away(b + factor / c)
        result *= d * c
        if abs(d * c - 1) < NEAR:
            break
    return result


def _beta(a: float, b: float, x: float) -> float:
    """The regularised incomplete beta function."""
    if x <= 0 or x >= 1:
        return 0.0 if x <= 0 else 1.0
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x))
    if x < (a + 1) / (a + b + 2):
        return front * _beta_fraction(a, b, x) / a
    return 1 - front * _beta_fraction(b, a, 1 - x) / b


def _beta_fraction(a: float, b: float, x: float) -> float:
    c, d = 1.0, 1 / _away(1 - (a + b) * x / (a + 1))
    result = d
    for step in range(1, MOST_STEPS):
        for factor in (
            step * (b - step) * x / ((a - 1 + 2 * step) * (a + 2 * step)),
            -(a + step) * (a + b + step) * x / ((a + 2 * step) * (a + 1 + 2 * step)),
        ):
            d = 1 / _away(1 + factor * d)
            c = _away(1 + factor / c)
            result *= d * c
        if abs(d * c - 1) < NEAR:
            break
    return result


def _away(value: float) -> float:
    """Not zero, so that it divides."""
    return value if abs(value) > TINY else TINY
