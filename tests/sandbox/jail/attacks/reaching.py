"""Attacks that reach: by sockets and names, to whoever listens on the machine or beyond it."""

from tests.sandbox.jail.attacks.attack import Attack

CONNECT = """
def reach(family, address, kind=socket.SOCK_STREAM):
    with socket.socket(family, kind) as out:
        out.settimeout(3)
        out.connect(address)
        return address
"""


def ports(of: str) -> str:
    """A connection to a listener of the machine's that stands where such a server would."""
    return f'{CONNECT}attempt(reach, socket.AF_INET, ("127.0.0.1", OUT["ports"]["{of}"]))'


REACHING = (
    *(Attack(name=f"a port on loopback, {of}", program=ports(of)) for of in ("ray", "postgres", "redis", "gateway")),
    Attack(
        name="a port by the machine's other names",
        program=f'{CONNECT}for host in ("127.0.0.2", "0.0.0.0", "localhost"):\n'
        '    attempt(reach, socket.AF_INET, (host, OUT["ports"]["ray"]))',
    ),
    Attack(
        name="a port by IPv6's mapping of IPv4",
        program=f'{CONNECT}attempt(reach, socket.AF_INET6, ("::ffff:127.0.0.1", OUT["ports"]["ray"]))',
    ),
    Attack(name="an abstract socket", program=f'{CONNECT}attempt(reach, socket.AF_UNIX, "\\0" + OUT["abstract"])'),
    Attack(name="a socket with a path", program=f'{CONNECT}attempt(reach, socket.AF_UNIX, OUT["socket"])'),
    Attack(
        name="a listener by a datagram",
        program="with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:\n    out.settimeout(1)\n"
        '    out.sendto(b"hello", ("127.0.0.1", OUT["datagrams"]))\n    attempt(out.recv, 10)',
    ),
    Attack(
        name="the cloud's metadata address",
        program=f'{CONNECT}attempt(reach, socket.AF_INET, ("169.254.169.254", 80))\n'
        'attempt(reach, socket.AF_INET6, ("fd00:ec2::254", 80))',
        works_outside=False,
    ),
    Attack(
        name="an address beyond the machine",
        program=f'{CONNECT}attempt(reach, socket.AF_INET, ("192.0.2.1", 80))\n'
        'attempt(reach, socket.AF_INET, ("192.0.2.1", 53), socket.SOCK_DGRAM)',
        works_outside=False,
    ),
    Attack(name="a name, by DNS", program='attempt(socket.getaddrinfo, "example.com", 80)', works_outside=False),
    Attack(
        name="raw sockets", program="attempt(socket.socket, socket.AF_INET, socket.SOCK_RAW, 1)", works_outside=False
    ),
    Attack(
        name="packet sockets",
        program="attempt(socket.socket, socket.AF_PACKET, socket.SOCK_RAW, 768)",
        works_outside=False,
    ),
    Attack(name="virtual sockets", program="attempt(socket.socket, 40, socket.SOCK_STREAM)"),
    Attack(name="netlink", program="attempt(socket.socket, socket.AF_NETLINK, socket.SOCK_RAW, 0)"),
    Attack(
        name="the kernel's cryptography",
        program="attempt(socket.socket, 38, socket.SOCK_SEQPACKET)",
        works_outside=False,
    ),
    Attack(
        name="every other family of sockets",
        program="for family in range(3, 46):\n    if family != 10:\n        for kind in (1, 2, 3, 5):\n"
        "            with contextlib.suppress(OSError):\n"
        "                socket.socket(family, kind).close(); escaped(family, kind)",
    ),
    Attack(
        name="interfaces of the machine",
        program='names = [line.split(":")[0].strip() for line in open("/proc/net/dev").readlines()[2:]]\n'
        'if names != ["lo"]: escaped(names)',
        works_outside=False,
    ),
    Attack(
        name="listening where the machine could be reached",
        program='with socket.create_server(("0.0.0.0", 0)) as server:\n'
        '    open("port", "w").write(str(server.getsockname()[1]))\n'
        '    if os.path.exists(OUT["file"]): escaped("heard outside")',
    ),
)
