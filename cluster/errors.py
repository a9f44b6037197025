"""The two families that every error of ours belongs to: what may pass if tried again, and what will not.

An error's docstring is its message. Arguments are positional only: an error with keyword-only arguments does not
survive the trip between Ray processes.
"""


class ApexError(Exception):
    """Something went wrong in ApexAurum."""

    def __str__(self) -> str:
        detail = super().__str__()
        return detail or (type(self).__doc__ or type(self).__name__).strip().splitlines()[0]


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


class Unavailable(Temporary):
    """A part that this needs does not answer at the moment."""


class SettingsError(Permanent):
    """A setting is missing, unknown or wrong."""
