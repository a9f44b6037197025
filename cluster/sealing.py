"""Secrets of people as the database keeps them: sealed by a key of the instance, which the database does not hold.

The key is derived (HKDF, RFC 5869) from the instance's own secret, and what is sealed is bound to what it belongs to
(AES-GCM): a row that is copied under another id cannot be opened.
"""

import os
from collections.abc import Mapping
from typing import cast

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from cluster.errors import Permanent
from cluster.settings import Settings

NONCE = 12
PURPOSE = b"apexaurum: secrets of people, version 1"


class SecretsLost(Permanent):
    """These secrets were kept with another key of this instance. Enter them again."""


class Sealing:
    """Seals and opens secrets."""

    def __init__(self, settings: Settings) -> None:
        secret = settings.jwt_secret.get_secret_value() if settings.jwt_secret else ""
        self._key = HKDF(SHA256(), 32, None, PURPOSE).derive(secret.encode()) if secret else None

    def seal(self, secrets: Mapping[str, str], about: bytes) -> bytes:
        """Secrets by name, unreadable without the key. Raises SecretsLost where the instance has none."""
        nonce = os.urandom(NONCE)
        return nonce + self._cipher().encrypt(nonce, orjson.dumps(dict(secrets)), about)

    def open(self, sealed: bytes | None, about: bytes) -> Mapping[str, str]:
        """What was sealed. Raises SecretsLost."""
        if sealed is None:
            return {}
        try:
            plain = self._cipher().decrypt(sealed[:NONCE], sealed[NONCE:], about)
        except InvalidTag:
            raise SecretsLost from None
        return cast("dict[str, str]", orjson.loads(plain))

    def _cipher(self) -> AESGCM:
        if self._key is None:
            raise SecretsLost("this instance has no key of its own")
        return AESGCM(self._key)
