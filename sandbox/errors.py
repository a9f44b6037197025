"""What goes wrong with tools, in words that a model can act on."""

from cluster.errors import Invalid, Permanent


class ToolFailed(Permanent):
    """The tool could not do this."""


class ArgumentsInvalid(Invalid):
    """The tool cannot be called with these arguments."""


class JailUnavailable(Permanent):
    """Nothing here can confine untrusted code, so it does not run."""


class FilesRefused(Invalid):
    """These files cannot be given to a program."""


class Interrupted(Permanent):
    """The machine that ran it was lost. It may have done its work, or not."""
