"""Agents, swarms and councils of an ApexAurum server: `Apex` for plain programs, `AsyncApex` for event loops."""

from apexaurum.asynchronous.client import AsyncApex
from apexaurum.errors import ApexError, ApiError, ConnectionLost, NotSignedIn, WorkFailed
from apexaurum.retrying import Retrying
from apexaurum.shapes.agents import Allowance
from apexaurum.shapes.councils import NewMember
from apexaurum.synchronous.client import Apex

__all__ = [
    "Allowance",
    "Apex",
    "ApexError",
    "ApiError",
    "AsyncApex",
    "ConnectionLost",
    "NewMember",
    "NotSignedIn",
    "Retrying",
    "WorkFailed",
]
