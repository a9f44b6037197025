"""Reads and works out arithmetic: a parser of our own, so that nothing a model writes is ever run as code.

Grammar, loosest first: sum, product, sign, power (right to left, binds tighter than a sign on its left), postfix `!`,
atom. Every quantity that could grow without end is bounded: length, nesting, digits, exponents, factorials.
"""

import math
import re
from collections.abc import Callable, Mapping
from typing import Any, NoReturn, TypeAlias

from sandbox.errors import ToolFailed

Number: TypeAlias = int | float

MAX_LENGTH = 1000
MAX_DEPTH = 50
MAX_BITS = 4096
"""Largest whole number: about 1,200 digits."""
MAX_FACTORIAL = 400

TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(?P<name>[A-Za-z_]\w*)|(?P<sign>\*\*|//|[-+*/%^!(),\u00d7\u00f7\u2212]))"
)
SAME_SIGN = {"\u00d7": "*", "\u00f7": "/", "\u2212": "-", "^": "**"}
CONSTANTS: Mapping[str, float] = {
    "pi": math.pi, "e": math.e, "tau": math.tau, "phi": (1 + math.sqrt(5)) / 2, "inf": math.inf,
}  # fmt: skip


def evaluate(expression: str) -> Number:
    """The value of an expression such as `2 * (3 + sqrt(16)) ^ 2`. Raises ToolFailed that says what is wrong."""
    if len(expression) > MAX_LENGTH:
        raise ToolFailed(f"The expression is longer than {MAX_LENGTH} characters.")
    parser = _Parser(_tokens(expression))
    try:
        value = parser.whole()
    except ZeroDivisionError as error:
        raise ToolFailed("Division by zero.") from error
    except OverflowError as error:
        raise ToolFailed("The result is too large.") from error
    except ValueError as error:
        raise ToolFailed(f"Not defined for these numbers: {error}.") from error
    if isinstance(value, float) and not math.isfinite(value):
        raise ToolFailed("The result is not a finite number.")
    return value


def power(base: Number, exponent: Number) -> Number:
    """`base ** exponent`, bounded. Raises ToolFailed."""
    if isinstance(base, int) and isinstance(exponent, int) and exponent >= 0:
        if base.bit_length() * exponent > MAX_BITS and abs(base) > 1:
            raise ToolFailed("The result of this power is too large.")
        return base**exponent
    value = float(base) ** float(exponent)
    if isinstance(value, complex):
        raise ToolFailed("A negative number has no real root of this kind.")
    return value


def factorial(number: Number) -> int:
    """`number!`, bounded. Raises ToolFailed."""
    whole = _whole(number, "factorial")
    if not 0 <= whole <= MAX_FACTORIAL:
        raise ToolFailed(f"A factorial needs a whole number from 0 to {MAX_FACTORIAL}.")
    return math.factorial(whole)


def divide(left: Number, right: Number) -> Number:
    """`left / right`, a whole number where it comes out even."""
    if isinstance(left, int) and isinstance(right, int) and left % right == 0:
        return left // right
    return left / right


def modulo(left: Number, right: Number) -> Number:
    """The remainder, with the sign of the divisor."""
    return left % right


class _Parser:
    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0

    def whole(self) -> Number:
        value = self._sum()
        kind, text = self._tokens[self._at]
        if kind != "end":
            raise ToolFailed(f"Unexpected {text!r}.")
        return value

    def _take(self, *signs: str) -> str | None:
        kind, text = self._tokens[self._at]
        if kind != "sign" or text not in signs:
            return None
        self._at += 1
        return text

    def _sum(self) -> Number:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise ToolFailed(f"The expression is nested deeper than {MAX_DEPTH}.")
        value = self._product()
        while sign := self._take("+", "-"):
            right = self._product()
            value = _bounded(value + right if sign == "+" else value - right)
        self._depth -= 1
        return value

    def _product(self) -> Number:
        value = self._signed()
        while sign := self._take("*", "/", "//", "%"):
            value = _bounded(PRODUCTS[sign](value, self._signed()))
        return value

    def _signed(self) -> Number:
        negative = False
        while sign := self._take("+", "-"):
            negative ^= sign == "-"
        value = self._power()
        return -value if negative else value

    def _power(self) -> Number:
        operands = [self._postfix()]
        while self._take("**"):
            negative = False
            while sign := self._take("+", "-"):
                negative ^= sign == "-"
            operand = self._postfix()
            operands.append(-operand if negative else operand)
        value = operands.pop()
        while operands:
            value = _bounded(power(operands.pop(), value))
        return value

    def _postfix(self) -> Number:
        value = self._atom()
        while self._take("!"):
            value = factorial(value)
        return value

    def _atom(self) -> Number:
        kind, text = self._tokens[self._at]
        self._at += 1
        if kind == "number":
            return _number(text)
        if kind == "name":
            return self._named(text)
        if (kind, text) == ("sign", "("):
            value = self._sum()
            self._close()
            return value
        raise ToolFailed("The expression ends too early." if kind == "end" else f"Unexpected {text!r}.")

    def _named(self, name: str) -> Number:
        if self._take("(") is None:
            if name in CONSTANTS:
                return CONSTANTS[name]
            raise ToolFailed(f"There is no constant {name!r}. Constants: {', '.join(CONSTANTS)}.")
        if name not in FUNCTIONS:
            raise ToolFailed(f"There is no function {name!r}. Functions: {', '.join(sorted(FUNCTIONS))}.")
        arguments = [self._sum()]
        while self._take(","):
            arguments.append(self._sum())
        self._close()
        try:
            return _bounded(FUNCTIONS[name](*arguments))
        except TypeError as error:
            raise ToolFailed(f"{name} does not take {len(arguments)} argument(s) like these.") from error

    def _close(self) -> None:
        if self._take(")") is None:
            raise ToolFailed("A closing parenthesis is missing.")


def _tokens(expression: str) -> list[tuple[str, str]]:
    tokens: list[tuple[str, str]] = []
    at, end = 0, len(expression.rstrip())
    while at < end:
        match = TOKEN.match(expression, at)
        if match is None:
            _refuse(expression[at:].strip()[0])
        kind = str(match.lastgroup)
        text = match[kind]
        tokens.append((kind, SAME_SIGN.get(text, text)))
        at = match.end()
    tokens.append(("end", ""))
    return tokens


def _refuse(character: str) -> NoReturn:
    raise ToolFailed(f"{character!r} does not belong in an expression.")


def _number(text: str) -> Number:
    plain = text.replace("_", "")
    return float(plain) if any(mark in plain for mark in ".eE") else _bounded(int(plain))


def _bounded(value: Number) -> Number:
    if isinstance(value, int) and value.bit_length() > MAX_BITS:
        raise ToolFailed("A number in this is too large.")
    return value


def _whole(number: Number, purpose: str) -> int:
    if isinstance(number, float) and not number.is_integer():
        raise ToolFailed(f"{purpose} needs a whole number.")
    return int(number)


def _log(number: Number, base: Number = math.e) -> float:
    return math.log(number) if base == math.e else math.log(number, base)


def _rounded(number: Number, digits: Number = 0) -> Number:
    places = max(-400, min(400, _whole(digits, "round")))
    return round(number, places) if places else round(number)


def _gcd(*numbers: Number) -> int:
    return math.gcd(*(_whole(number, "gcd") for number in numbers))


def _lcm(*numbers: Number) -> int:
    return math.lcm(*(_whole(number, "lcm") for number in numbers))


def _average(*numbers: Number) -> Number:
    return divide(sum(numbers), len(numbers))


def _total(*numbers: Number) -> Number:
    return sum(numbers)


PRODUCTS: Mapping[str, Callable[[Number, Number], Number]] = {
    "*": lambda left, right: left * right,
    "/": divide,
    "//": lambda left, right: left // right,
    "%": modulo,
}
FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "abs": abs, "sqrt": math.sqrt, "cbrt": math.cbrt, "exp": math.exp, "ln": math.log, "log": _log,
    "log2": math.log2, "log10": math.log10, "pow": power, "factorial": factorial,
    "sin": math.sin, "cos": math.cos, "tan": math.tan, "asin": math.asin, "acos": math.acos, "atan": math.atan,
    "atan2": math.atan2, "sinh": math.sinh, "cosh": math.cosh, "tanh": math.tanh,
    "degrees": math.degrees, "radians": math.radians, "hypot": math.hypot,
    "floor": math.floor, "ceil": math.ceil, "trunc": math.trunc, "round": _rounded,
    "min": lambda *n: min(n), "max": lambda *n: max(n), "sum": _total, "mean": _average, "gcd": _gcd, "lcm": _lcm,
}  # fmt: skip
