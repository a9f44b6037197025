"""The two families that every error of ours belongs to: what may pass if tried again, and what will not.

An error's docstring is its message. Arguments are positional only: an error with keyword-only arguments does not
survive the trip between Ray processes.
"""

RETRY_SECONDS = 2.0
"""When to try again, if nobody knows better."""


class ApexError(Exception):
    """Something went wrong in ApexAurum."""

    def __str__(self) -> str:
        detail = super().__str__()
        return detail or _first_line(type(self))


class Temporary(ApexError):
    """This may succeed when tried again."""


class Permanent(ApexError):
    """This will not succeed when tried again unchanged."""


class NotFound(Permanent):
    """There is no such thing, or it is not yours."""


class Conflict(Permanent):
    """This contradicts what is already there."""


class Invalid(Permanent):
    """The request cannot be understood."""


class TooLarge(Permanent):
    """This is larger than the limit."""


class Busy(Temporary):
    """Too much is going on at once; try again in a moment."""

    def __init__(self, detail: str = "", retry_after: float = RETRY_SECONDS) -> None:
        super().__init__(detail, retry_after)
        self.retry_after = retry_after

    def __str__(self) -> str:
        return str(self.args[0]) or _first_line(type(self))


class Unavailable(Temporary):
    """A part that this needs does not answer at the moment."""


class SettingsError(Permanent):
    """A setting is missing, unknown or wrong."""


def _first_line(error: type[ApexError]) -> str:
    return (error.__doc__ or error.__name__).strip().splitlines()[0]
