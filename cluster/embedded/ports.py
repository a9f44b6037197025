"""Free ports on loopback for the inner parts, and a clear word when the port that people asked for is taken."""

import errno
import socket
from contextlib import ExitStack, suppress

import psutil

from cluster.errors import SettingsError


def free_ports(count: int) -> list[int]:
    """Different ports that nobody listens on now, on any address."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("", 0))
        return [each.getsockname()[1] for each in sockets]


def is_free(host: str, port: int) -> bool:
    """Whether a server could listen there now. Raises SettingsError when this machine has no such address."""
    family, kind, proto, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind, proto) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return False
            raise SettingsError(
                f"cannot listen on {host}:{port}: {error.strerror}; check APEX_HOST and APEX_PORT"
            ) from error
    return True


def check_port(host: str, port: int) -> None:
    """Raises SettingsError when the port is taken, with by whom where that can be seen, and what to do."""
    if is_free(host, port):
        return
    raise SettingsError(
        f"port {port} on {host} is taken{_by_whom(port)}; stop what uses it, or choose another: APEX_PORT={port + 1}"
    )


def _by_whom(port: int) -> str:
    with suppress(psutil.Error):
        for connection in psutil.net_connections("tcp"):
            if connection.status == psutil.CONN_LISTEN and connection.laddr[1:] == (port,) and connection.pid:
                return f" by {psutil.Process(connection.pid).name()} (process {connection.pid})"
    return ""
