"""What all browser tools share: their facts, the kinds of their arguments, and how they do things in their browser."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Concatenate, ParamSpec, TypeVar

from pydantic import Field

from sandbox.equipment import Need
from sandbox.tool import Facts, ToolContext
from sandbox.tools.browser.browser import Browser
from sandbox.tools.browser.browsers import Key

NEEDS = (Need(("chromium",), "The operator has to install Chromium where tools run."),)
ACTS = Facts(reads_untrusted=True, exfiltrates=True, side_effect=True, seconds=90, needs=NEEDS)
LOOKS = Facts(reads_untrusted=True, idempotent=True, seconds=60, needs=NEEDS)
KEEPS = Facts(reads_untrusted=True, exfiltrates=True, side_effect=True, seconds=90, needs=NEEDS)
OWN = Facts(side_effect=True, idempotent=True, seconds=60, needs=NEEDS)
"""Of tools that only change the browser itself."""

Url = Annotated[str, Field(min_length=1, max_length=4000), "http:// or https:// URL"]
Selector = Annotated[str, Field(min_length=1, max_length=1000), "CSS selector"]
Number = Annotated[int, Field(ge=1, le=1_000_000)]
PAGE = "http://example.org/form"
OPENED = (("browser_navigate", {"url": PAGE}),)
"""For examples."""

P = ParamSpec("P")
T = TypeVar("T")


def key_of(context: ToolContext) -> Key:
    """Whose browser it is."""
    return context.user, context.conversation


async def done(
    context: ToolContext, deed: Callable[Concatenate[Browser, P], Awaitable[T]], *given: P.args, **named: P.kwargs
) -> T:
    """What a deed comes to in the conversation's browser, wherever that runs; it starts by itself."""
    return await context.browsers.do(key_of(context), deed, *given, **named)
