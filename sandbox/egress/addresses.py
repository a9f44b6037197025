"""Which addresses are on the public web. Whatever is not known to be public is refused.

From the IANA registries of special-purpose addresses (RFC 6890 and after), and what clouds keep for themselves.
"""

from functools import cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

import psutil

NOT_PUBLIC_4 = tuple(
    map(
        IPv4Network,
        (
            *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
            *("192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15"),
            *("198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
            # Azure's platform answers its machines here, at an address that looks public.
            "168.63.129.16/32",
        ),
    )
)
PUBLIC_6 = IPv6Network("2000::/3")
"""Unicast addresses of the internet. Mapped and translated ones (::ffff:0:0/96, 64:ff9b::/96) lie outside."""
NOT_PUBLIC_6 = tuple(
    map(
        IPv6Network,
        # Teredo and other protocols of the IETF, documentation, 6to4: some of them carry an IPv4 address within.
        ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"),
    )
)
ISATAP = (0x00005EFE, 0x02005EFE)
"""What the second half of an address begins with when an IPv4 address follows."""


def is_public(address: str) -> bool:
    """Whether this address, as digits, is one that strangers on the internet could reach as well."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, IPv4Address):
        return not any(parsed in network for network in NOT_PUBLIC_4)
    return _is_public_6(parsed)


def _is_public_6(address: IPv6Address) -> bool:
    if address.scope_id is not None or address not in PUBLIC_6:
        return False
    embeds = (int(address) >> 32) & 0xFFFFFFFF in ISATAP
    return not embeds and not any(address in network for network in NOT_PUBLIC_6)


def is_ours(address: str) -> bool:
    """Whether this machine itself has the address: what listens here may trust who comes from here."""
    return ip_address(address) in {
        ip_address(known.address.partition("%")[0])
        for addresses in psutil.net_if_addrs().values()
        for known in addresses
        if _is_address(known.address.partition("%")[0])
    }


@cache
def _is_address(text: str) -> bool:
    try:
        ip_network(text)
    except ValueError:
        return False
    return True
