"""Takes URLs apart, strictly: whoever reads one differently from whoever connects can be led somewhere else."""

import re
from dataclasses import dataclass, replace
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from sandbox.egress.errors import EgressRefused

DEFAULT_PORTS = {"http": 80, "https": 443}
LONGEST_URL = 4000
NAME = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)+")
NUMBER = re.compile(r"\d+|0x[0-9a-f]*")
"""A last part that makes a host an address in a careless reader's eyes: 2130706433, 0x7f.1, 0177.0.0.1."""
NOT_OURS_TO_ASK = ("localhost", "local", "localdomain", "internal", "intranet", "lan", "home.arpa", "onion", "arpa")
"""Names that are only known near the machine that asks."""
SAFE_IN_PATH = "/%:@!$&'()*+,;=~-._?"


@dataclass(frozen=True, kw_only=True)
class Target:
    """Where a request goes. `host` is a name in its ASCII form, or an address without brackets."""

    scheme: str
    host: str
    port: int
    path: str = "/"
    """With the query."""

    @property
    def origin(self) -> tuple[str, str, int]:
        """Whom it speaks to."""
        return self.scheme, self.host, self.port

    @property
    def authority(self) -> str:
        """What the Host header says."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """It as a URL."""
        return f"{self.scheme}://{self.authority}{self.path}"


def target_of(url: str) -> Target:
    """The target that a URL names. Raises EgressRefused for whatever is not plainly a URL of the web."""
    target = operators_target(url)
    return replace(target, host=host_of(target.host))


def operators_target(url: str) -> Target:
    """The same for a URL that the operator wrote, whose host may be any name: `http://searxng:8080`."""
    if len(url) > LONGEST_URL:
        raise EgressRefused(f"A URL has at most {LONGEST_URL} characters.")
    if not url.isprintable() or " " in url or "\\" in url:
        raise EgressRefused("A URL has no spaces, backslashes or control characters; encode them.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise EgressRefused(f"This is not a URL: {error}.") from None
    if parts.scheme not in DEFAULT_PORTS:
        raise EgressRefused("Only http:// and https:// URLs can be asked.")
    if "@" in parts.netloc:
        raise EgressRefused("A URL with a user name or password is not asked; send a header instead.")
    if port == 0 or not parts.hostname or ("[" in parts.netloc and ":" not in parts.hostname):
        raise EgressRefused("This URL names no host and port that could be asked.")
    port = DEFAULT_PORTS[parts.scheme] if port is None else port
    return Target(scheme=parts.scheme, host=parts.hostname, port=port, path=_path(parts))


def redirected(target: Target, location: str) -> Target:
    """Where a Location header leads. Raises EgressRefused."""
    return target_of(urljoin(target.url, location.strip()))


def host_of(host: str) -> str:
    """A host in its one form. Raises EgressRefused for one that readers could understand differently."""
    if ":" in host or "%" in host:
        try:
            address = IPv6Address(host)
        except AddressValueError:
            raise EgressRefused(f"This is not a host: {host[:100]!r}.") from None
        if address.scope_id is not None:
            raise EgressRefused("An address with a zone is not on the public web.")
        return address.compressed
    try:
        plain = host.encode("idna").decode().lower().removesuffix(".")
    except UnicodeError:
        raise EgressRefused(f"This is not a host: {host[:100]!r}.") from None
    if NUMBER.fullmatch(plain.rpartition(".")[2]):
        try:
            return str(IPv4Address(plain))
        except AddressValueError:
            raise EgressRefused(f"Write the address as four decimal numbers, not as {plain[:100]!r}.") from None
    if plain.endswith(tuple(f".{name}" for name in NOT_OURS_TO_ASK)) or not NAME.fullmatch(plain):
        raise EgressRefused(f"{plain[:100]!r} is not a name on the public web.")
    return plain


def _path(parts: SplitResult) -> str:
    query = f"?{parts.query}" if parts.query else ""
    return quote(f"{parts.path or '/'}{query}", safe=SAFE_IN_PATH)
