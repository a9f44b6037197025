"""Signing in without a password (RFC 8628): the program shows a code, and a person confirms it in a browser."""

from collections.abc import Sequence
from dataclasses import replace
from time import monotonic

from apexaurum.asynchronous.concurrency import sleep
from apexaurum.asynchronous.signing import AsyncSigning
from apexaurum.asynchronous.transport import AsyncTransport
from apexaurum.credentials import Credentials
from apexaurum.errors import Unreadable
from apexaurum.requests import post
from apexaurum.shapes.accounts import DeviceCodes, DeviceKey

SLOWER_SECONDS = 5.0
"""What a program that asks too often adds to its pauses (RFC 8628, section 3.5)."""


class AsyncDevices:
    """Keys for programs without a browser."""

    def __init__(self, transport: AsyncTransport, signing: AsyncSigning) -> None:
        self._transport = transport
        self._signing = signing

    async def begin(self, name: str, scopes: Sequence[str] = ("all",)) -> DeviceCodes:
        """A code to show, with the address where it is typed in."""
        request = replace(post("/auth/device", {"name": name, "scopes": list(scopes)}), signed=False)
        return await self._transport.get(DeviceCodes, request)

    async def finish(self, codes: DeviceCodes) -> DeviceKey:
        """Wait until somebody has confirmed, and use the key from then on. Raises Unreadable if nobody does."""
        pause = codes.interval
        end = monotonic() + codes.expires_in
        request = replace(post("/auth/device/token", {"device_code": codes.device_code}), signed=False)
        while True:
            await sleep(pause)
            try:
                key = await self._transport.get(DeviceKey, request)
            except Unreadable as error:
                if error.code not in ("authorization-pending", "slow-down") or monotonic() > end:
                    raise
                pause += SLOWER_SECONDS if error.code == "slow-down" else 0
                continue
            self._signing.use(Credentials(api_key=key.access_token))
            return key
