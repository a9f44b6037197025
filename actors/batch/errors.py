"""Why a batch ends early."""

from cluster.errors import Permanent, Unavailable


class BadInput(Permanent):
    """The file of tasks cannot be read."""


class Refused(Permanent):
    """The door refused this."""


class DoorClosed(Permanent):
    """The door does not let this key in."""


class DoorAway(Unavailable):
    """The door does not answer."""
