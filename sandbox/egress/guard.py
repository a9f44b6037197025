"""Decides whom tools may speak to, and connects to exactly the address that was checked.

A name is resolved once, and all its addresses must be public; the connection is made to one of those, by its digits, so
that a name that answers differently the second time leads nowhere. Host header, SNI and certificate keep the name.
"""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from ipaddress import ip_address

from sandbox.egress.addresses import is_ours, is_public
from sandbox.egress.errors import EgressRefused, Unreachable
from sandbox.egress.targets import Target

PORTS = frozenset({80, 443, 8080, 8443})
RESOLVE_SECONDS, CONNECT_SECONDS = 10.0, 10.0
MOST_TRIED = 3
"""Addresses of one name that are tried one after the other."""

Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Resolve = Callable[[str], Awaitable[Sequence[str]]]
"""The addresses of a name, as digits. Raises OSError."""
Dial = Callable[[str, int], Awaitable[socket.socket]]
"""A connected socket to an address given as digits. Raises OSError."""


async def resolve(name: str) -> Sequence[str]:
    """Ask the system."""
    found = await asyncio.get_running_loop().getaddrinfo(name, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


async def dial(address: str, port: int) -> socket.socket:
    """Connect to an address. Anything but digits raises ValueError: nothing is looked up here."""
    family = socket.AF_INET if ip_address(address).version == 4 else socket.AF_INET6
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        made.setblocking(False)
        await asyncio.get_running_loop().sock_connect(made, (address, port))
    except BaseException:
        made.close()
        raise
    return made


@cache
def web_certificates() -> ssl.SSLContext:
    """What certificates of the web are checked by."""
    return ssl.create_default_context()


@dataclass(frozen=True, kw_only=True)
class Guard:
    """The rules for going out. Tests put their own network in the place of `resolve` and `dial`; the checks stay."""

    resolve: Resolve = resolve
    dial: Dial = dial
    certificates: Callable[[], ssl.SSLContext] = web_certificates
    ports: frozenset[int] = PORTS
    own: Callable[[str], bool] = is_ours
    """Whether an address is this machine's."""
    vouched_for: frozenset[tuple[str, str, int]] = field(default_factory=frozenset[tuple[str, str, int]])
    """Origins that the operator named in the settings: they may lie in a private network, on any port."""

    async def connect(self, target: Target) -> Stream:
        """A connection to the target, encrypted if it is https. Raises EgressRefused or Unreachable."""
        addresses = await self.addresses(target)
        made = await self._first(addresses, target)
        if target.scheme == "http":
            return await asyncio.open_connection(sock=made)
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                return await asyncio.open_connection(sock=made, ssl=self.certificates(), server_hostname=target.host)
        except ssl.SSLCertVerificationError as error:
            raise Unreachable(f"The certificate of {target.host} is not valid: {error.verify_message}.") from None
        except (OSError, TimeoutError):
            raise Unreachable(f"{target.host} did not agree on an encrypted connection.") from None

    async def plain_connection(self, target: Target) -> Stream:
        """A connection without encryption: whoever speaks through it encrypts by himself."""
        made = await self._first(await self.addresses(target), target)
        return await asyncio.open_connection(sock=made)

    async def addresses(self, target: Target) -> Sequence[str]:
        """The checked addresses of a target. Raises EgressRefused or Unreachable."""
        vouched = target.origin in self.vouched_for
        if target.port not in self.ports and not vouched:
            ports = ", ".join(map(str, sorted(self.ports)))
            raise EgressRefused(f"Port {target.port} is not asked; these are: {ports}.")
        found = await self._resolved(target.host)
        if not vouched and not all(is_public(address) and not self.own(address) for address in found):
            raise EgressRefused(f"{target.host} is not on the public web: private and local addresses are not asked.")
        return found[:MOST_TRIED]

    async def _resolved(self, host: str) -> Sequence[str]:
        try:
            return [str(ip_address(host))]
        except ValueError:
            pass
        try:
            async with asyncio.timeout(RESOLVE_SECONDS):
                found = await self.resolve(host)
        except (OSError, UnicodeError, TimeoutError):
            found = ()
        if not found:
            raise Unreachable(f"There is no host {host}.")
        return found

    async def _first(self, addresses: Sequence[str], target: Target) -> socket.socket:
        for address in addresses:
            try:
                async with asyncio.timeout(CONNECT_SECONDS):
                    return await self.dial(address, target.port)
            except (OSError, TimeoutError):
                continue
        raise Unreachable(f"{target.host} does not answer on port {target.port}.")
