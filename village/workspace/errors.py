"""What a workspace refuses."""

from cluster.errors import Conflict, Invalid


class QuotaSpent(Invalid):
    """The workspace has no room for this; delete something first."""


class Changed(Conflict):
    """Somebody else has changed this file meanwhile; read it again."""
