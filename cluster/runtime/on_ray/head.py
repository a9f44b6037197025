"""A local Ray cluster of one node, every listener of it on loopback, without what a single machine has no use for.

`ray start` cannot do this: it replaces 127.0.0.1 by the address of a network card and starts a server for remote
drivers. So the node is put together from the same parts that `ray start` uses, of the exact version that is pinned.
"""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import ray.dashboard
from ray._private import services
from ray._private.node import Node
from ray._private.parameter import RayParams
from ray._private.ray_constants import PROCESS_TYPE_DASHBOARD

from cluster.errors import Unavailable

SERVICES: Any = services
"""Ray's starters of processes, whose types are partly unknown."""
HOST = "127.0.0.1"
OBJECT_STORE_BYTES = 96 * 1024 * 1024
"""Files of tool runs pass through it; memory is taken as it is used."""
DASHBOARD_MODULES = ("NodeHead", "ReportHead", "StateHead", "JobHead", "ServeHead", "UsageStatsHead")
"""Each is a process. Left out are those for Ray Data, Ray Train, exported events and Grafana."""


class RayHead:
    """GCS, raylet and dashboard as children of this process: on Linux they end with it, however it ends."""

    def __init__(self, *, folder: Path, ports: list[int], cpus: int, resources: Mapping[str, float]) -> None:
        """Start them; blocks until the node is registered. Start from the main thread: its end would be theirs."""
        gcs, self._dashboard_port, agent_http, agent_grpc, metrics, runtime_env = ports
        make: Any = RayParams
        parameters = make(
            node_ip_address=HOST,
            gcs_server_port=gcs,
            dashboard_host=HOST,
            dashboard_port=self._dashboard_port,
            dashboard_agent_listen_port=agent_http,
            metrics_agent_port=agent_grpc,
            metrics_export_port=metrics,
            runtime_env_agent_port=runtime_env,
            min_worker_port=0,
            max_worker_port=0,
            num_cpus=cpus,
            resources=dict(resources),
            object_store_memory=OBJECT_STORE_BYTES,
            temp_dir=str(folder),
            include_log_monitor=False,
            no_monitor=True,
            include_dashboard=True,
        )
        try:
            self._node: Any = _LeanNode(parameters, head=True, shutdown_at_exit=False, spawn_reaper=True)
        except Exception as error:
            raise Unavailable(f"Ray does not start: {error}; its logs are in {folder}/session_latest/logs") from error

    @property
    def address(self) -> str:
        """Where drivers connect to."""
        return str(self._node.gcs_address)

    @property
    def dashboard_url(self) -> str:
        """Where people find Ray's own page."""
        return f"http://{HOST}:{self._dashboard_port}"

    def start_dashboard(self) -> None:
        """Start Ray's own page; it opens some seconds later."""
        _start_dashboard(self._node)

    def alive(self) -> bool:
        """Whether the node can still be spoken to."""
        return all(kind == PROCESS_TYPE_DASHBOARD for kind in self._dead())

    def revive(self) -> None:
        """Start the dashboard again if it died. Raises Unavailable when anything else did."""
        dead = self._dead()
        if PROCESS_TYPE_DASHBOARD in dead:
            _start_dashboard(self._node)
            dead.remove(PROCESS_TYPE_DASHBOARD)
        if dead:
            raise Unavailable(f"Ray's {' and '.join(dead)} died; the logs are in {self._node.get_logs_dir_path()}")

    def stop(self) -> None:
        """End the node's processes and wait for them."""
        self._node.kill_all_processes(check_alive=False, allow_graceful=True, wait=True)

    def _dead(self) -> list[str]:
        return [str(kind) for kind, _ in cast("list[tuple[Any, Any]]", self._node.dead_processes())]


class _LeanNode(Node):
    """A node whose dashboard is started later."""

    def start_api_server(self, *, include_dashboard: bool | None, raise_on_failure: bool) -> None:
        """Not now: nothing but people needs the dashboard, and what people wait for should have the processors."""


def _start_dashboard(node: Any) -> None:
    """Start the dashboard with the modules that a machine without Ray's libraries for data and training has use for."""
    folder = node.get_logs_dir_path()
    with Path(folder, "dashboard.err").open("ab") as log:
        started = SERVICES.start_ray_process(
            [
                *(sys.executable, str(Path(ray.dashboard.__file__).with_name("dashboard.py"))),
                *(f"--host={HOST}", f"--port={node._ray_params.dashboard_port}", "--port-retries=0"),
                *(f"--temp-dir={node.temp_dir}", f"--log-dir={folder}"),
                *(f"--session-dir={node.get_session_dir_path()}", f"--cluster-id-hex={node.cluster_id.hex()}"),
                *(f"--gcs-address={node.gcs_address}", f"--node-ip-address={HOST}"),
                f"--modules-to-load={','.join(DASHBOARD_MODULES)}",
            ],
            PROCESS_TYPE_DASHBOARD,
            fate_share=node.kernel_fate_share,
            stdout_file=log,
            stderr_file=log,
        )
    node.all_processes[PROCESS_TYPE_DASHBOARD] = [started]
