"""What a workspace refuses."""

from cluster.errors import Conflict, Invalid


class QuotaSpent(Invalid):
    """The workspace has no room for this; delete something first."""


class Changed(Conflict):
    """Somebody else has changed this file meanwhile; read it again."""


class WrongOffset(Conflict):
    """This piece does not begin where the ones before it end; ask how far the upload is."""


class WrongChecksum(Invalid):
    """What arrived is not what was sent: the checksum differs."""
