"""Signatures by Standard Webhooks (standardwebhooks.com): HMAC-SHA256 over id, time and body."""

import base64
import binascii
import hashlib
import hmac

PREFIX = "whsec_"


def headers_of(id: str, timestamp: int, body: bytes, secret: str | None) -> dict[str, str]:
    """The headers of one attempt. Without a secret there is no signature."""
    told = {"content-type": "application/json", "webhook-id": id, "webhook-timestamp": str(timestamp)}
    if secret is not None:
        told["webhook-signature"] = signature(id, timestamp, body, secret)
    return told


def signature(id: str, timestamp: int, body: bytes, secret: str) -> str:
    """`v1,` and the signature in Base64."""
    signed = f"{id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(_key(secret), signed, hashlib.sha256).digest()).decode()


def _key(secret: str) -> bytes:
    """A secret as their libraries make it is Base64 behind `whsec_`; any other is taken as it stands."""
    if secret.startswith(PREFIX):
        try:
            return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
        except binascii.Error:
            pass
    return secret.encode()
