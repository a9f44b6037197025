"""The JSON shapes of keys for programs, and of how a program without a browser gets one (RFC 8628)."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from serve.accounts.scopes import Scope
from serve.wire import Answer, Command

KeyName = Annotated[str, Field(min_length=1, max_length=100, pattern=r"\S")]
Scopes = Annotated[list[Scope], Field(min_length=1, max_length=7)]


class CreateApiKey(Command):
    """A key for a program, that may do what its scopes say."""

    name: KeyName
    scopes: Scopes
    """`read` opens what only reads, everywhere; `all` whatever any key can do. What concerns the account, none does."""
    expires_at: AwareDatetime | None = None
    """Left out: it does not expire."""


class ApiKey(Answer):
    id: UUID
    name: str
    hint: str
    """How the key begins, to tell it from others."""
    scopes: list[Scope]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    """To the minute."""


class NewApiKey(ApiKey):
    key: str
    """Shown this once: it is kept nowhere."""


class ApiKeys(Answer):
    keys: list[ApiKey]


class AskForDevice(Command):
    """A program without a browser asks for a key."""

    name: KeyName
    """What the person sees: the program, and where it runs."""
    scopes: Scopes


class DeviceCodes(Answer):
    """Show the user code and the address; ask for the key with the device code, every `interval` seconds."""

    device_code: str
    user_code: str
    verification_uri: str
    verification_uri_complete: str
    expires_in: int
    """Seconds."""
    interval: int


class FetchDeviceKey(Command):
    device_code: Annotated[str, Field(min_length=1, max_length=200)]


class DeviceKey(Answer):
    access_token: str
    """The key; shown this once."""
    token_type: Literal["Bearer"] = "Bearer"
    scope: str
    """What it may do, divided by spaces."""
    expires_in: int
    """Seconds."""
    user_id: UUID
    key: ApiKey


class UserCode(Command):
    user_code: Annotated[str, Field(min_length=1, max_length=40)]
    """As the program shows it, with or without its dash."""


class DeviceAsks(Answer):
    """What waits with a code."""

    name: str
    """As it calls itself."""
    scopes: list[Scope]
    address: str | None
    """Where it asked from, if that is known."""
    asked_at: datetime


class DecideOnDevice(UserCode):
    scopes: Annotated[list[Scope], Field(max_length=7)]
    """What it is given, of what it asked for; empty: nothing."""
