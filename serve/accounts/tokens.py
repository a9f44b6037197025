"""Access and refresh tokens: signed JWTs that say whose they are, what for, and which sign-in they belong to."""

import hashlib
import time
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

import jwt

from cluster.errors import SettingsError
from cluster.ids import UserId, new_id
from cluster.settings import Settings
from serve.errors import BadToken, ExpiredToken

ACCESS_SECONDS = 15 * 60
REFRESH_SECONDS = 7 * 24 * 3600
ISSUER = "apexaurum"
AUDIENCE = "apexaurum"
ALGORITHM = "HS256"
REQUIRED = ["iss", "aud", "sub", "jti", "exp", "iat"]
SHORTEST_SECRET = 32

Kind = Literal["access", "refresh"]
SECONDS: dict[Kind, int] = {"access": ACCESS_SECONDS, "refresh": REFRESH_SECONDS}


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token says. The family is the sign-in that it descends from (claim `sid`)."""

    user: UserId
    id: UUID
    family: UUID
    kind: Kind
    expires_at: int


class Tokens:
    """Signs and reads tokens with the instance's secret."""

    def __init__(self, settings: Settings) -> None:
        secret = settings.jwt_secret.get_secret_value() if settings.jwt_secret else ""
        if len(secret) < SHORTEST_SECRET:
            raise SettingsError(f"APEX_JWT_SECRET needs at least {SHORTEST_SECRET} characters; `apex up` makes one")
        self._secret = secret

    def sign(self, user: UserId, family: UUID, kind: Kind) -> tuple[str, Claims]:
        """A new token, and what it says."""
        now = int(time.time())
        claims = Claims(user, new_id(), family, kind, now + SECONDS[kind])
        payload = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": str(user),
            "jti": str(claims.id),
            "sid": str(family),
            "type": kind,
            "iat": now,
            "exp": claims.expires_at,
        }
        return jwt.encode(payload, self._secret, ALGORITHM), claims

    def read(self, token: str, kind: Kind) -> Claims:
        """What a token of this kind says. Raises ExpiredToken; BadToken for all else that is wrong with it."""
        try:
            payload: dict[str, Any] = jwt.decode(
                token,
                self._secret,
                algorithms=[ALGORITHM],
                audience=AUDIENCE,
                issuer=ISSUER,
                options={"require": REQUIRED},
            )
            if payload.get("type") != kind:
                raise BadToken(f"this needs a token of the type {kind}")
            return Claims(
                UserId(UUID(payload["sub"])), UUID(payload["jti"]), UUID(payload["sid"]), kind, payload["exp"]
            )
        except jwt.ExpiredSignatureError as error:
            raise ExpiredToken from error
        except (jwt.InvalidTokenError, KeyError, ValueError, TypeError, AttributeError) as error:
            raise BadToken from error


def digest(token: str) -> bytes:
    """What the database keeps of a token: enough to know it again, not enough to use it."""
    return hashlib.sha256(token.encode()).digest()
