"""People, and the models there are for them."""

from dataclasses import dataclass
from datetime import datetime

from apexaurum.display import Table


@dataclass(frozen=True, kw_only=True)
class User:
    """Who is signed in."""

    id: str
    email: str
    display_name: str | None
    created_at: datetime
    admin: bool


@dataclass(frozen=True, kw_only=True)
class SignedIn:
    """What a sign-in gives: a short access token, and one that is exchanged for the next pair."""

    access_token: str
    expires_in: int
    refresh_token: str | None = None


@dataclass(frozen=True, kw_only=True)
class Ticket:
    """Opens one socket."""

    ticket: str


@dataclass(frozen=True, kw_only=True)
class Model(Table):
    """A model that can be asked for."""

    id: str
    name: str
    provider: str
    description: str
    context_tokens: int
    max_output_tokens: int
    thinking: bool
    images: bool
    tools: bool
    input_usd_per_million: float
    output_usd_per_million: float
    demo: bool


@dataclass(frozen=True, kw_only=True)
class Models:
    """What is offered, and what is taken when none is named."""

    default: str
    models: list[Model]


@dataclass(frozen=True, kw_only=True)
class DeviceCodes:
    """What a person types in, and where, so that a program without a browser gets a key."""

    device_code: str
    user_code: str
    verification_uri: str
    verification_uri_complete: str
    expires_in: float
    interval: float


@dataclass(frozen=True, kw_only=True)
class DeviceKey:
    """The key that a person has confirmed."""

    access_token: str
    scope: str
    expires_in: float
