"""Why nothing came back from the web, in words that a model can act on."""

from sandbox.errors import ToolFailed


class EgressRefused(ToolFailed):
    """This address is not on the public web, so it is not asked."""


class Unreachable(ToolFailed):
    """Nobody answered there, or not in a way that can be read."""
