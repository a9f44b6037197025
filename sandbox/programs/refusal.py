"""How a program says that it could not do what it was asked, in words for a model."""


class Refused(Exception):
    """It cannot be done; the message says why, and what to do instead."""
