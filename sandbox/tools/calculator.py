"""Lets a model calculate instead of guess. Takes an expression, or one operation on two numbers."""

from typing import Annotated, Literal

from pydantic import Field

from sandbox.errors import ToolFailed
from sandbox.tool import Example, Facts, ToolContext, tool
from sandbox.tools.expression import MAX_LENGTH, Number, evaluate

SIGNS = {"add": "+", "subtract": "-", "multiply": "*", "divide": "/", "power": "**", "modulo": "%"}


@tool(
    category="utility",
    facts=Facts(idempotent=True, seconds=5),
    example=Example(
        arguments={"expression": "2 * (3 + sqrt(16)) ^ 2"},
        result={"expression": "2 * (3 + sqrt(16)) ^ 2", "result": 98},
    ),
)
async def calculator(
    context: ToolContext,
    *,
    expression: Annotated[str | None, Field(max_length=MAX_LENGTH), "For example: 2 * (3 + sqrt(16)) ^ 2"] = None,
    operation: Annotated[
        Literal["add", "subtract", "multiply", "divide", "power", "modulo"] | None,
        "One operation on a and b, in place of an expression",
    ] = None,
    a: Annotated[int | float | None, "Left operand of `operation`"] = None,
    b: Annotated[int | float, "Right operand of `operation`"] = 0,
) -> dict[str, str | Number]:
    """Work out arithmetic exactly.

    An expression may use + - * / // % ^ ! and parentheses; pi, e, tau, phi; sqrt, cbrt, abs, exp, ln, log(x, base),
    log2, log10, sin, cos, tan, asin, acos, atan, atan2, sinh, cosh, tanh, degrees, radians, hypot, floor, ceil, trunc,
    round(x, digits), min, max, sum, mean, gcd, lcm, factorial. Angles are radians.
    """
    if expression is None:
        if operation is None or a is None:
            raise ToolFailed("Give either `expression`, or `operation` with `a` and `b`.")
        expression = f"({a!r}) {SIGNS[operation]} ({b!r})"
    result = evaluate(expression)
    # A whole number past 2^53 would lose digits in most JSON readers, so it travels as text.
    return {
        "expression": expression,
        "result": str(result) if isinstance(result, int) and abs(result) > 2**53 else result,
    }
