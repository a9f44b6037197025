"""What goes wrong with tools, in words that a model can act on."""

from cluster.errors import Invalid, Permanent


class ToolFailed(Permanent):
    """The tool could not do this."""


class ArgumentsInvalid(Invalid):
    """The tool cannot be called with these arguments."""
