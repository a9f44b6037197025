"""What goes wrong with datasets."""

from cluster.errors import Conflict, NotFound


class DatasetMissing(NotFound):
    """There is no dataset of this name."""


class DatasetsFull(Conflict):
    """There is no room for more."""
