# pyright: basic
"""A Ray cluster whose nodes come and go by Ray's own autoscaler, all of them processes of this machine, on loopback.

It is Ray's `AutoscalingCluster` with another start and end: that one runs `ray stop --force` first, which ends every
Ray on the machine, and reads a file that Ray's wheels do not hold. ENVIRONMENT must be set before Ray is imported.
"""

import json
import os
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ENVIRONMENT = {
    "AUTOSCALER_UPDATE_INTERVAL_S": "1",
    "RAY_AUTH_MODE": "disabled",
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",  # what makes every node take 127.0.0.1 for its address
    "RAY_FAKE_CLUSTER": "1",
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_enable_autoscaler_v2": "1",
    "RAY_worker_niceness": "0",
    "PYTHONPATH": str(Path(__file__).parents[3]),
}
os.environ.update(ENVIRONMENT)

from ray._private.node import Node  # noqa: E402
from ray._private.parameter import RayParams  # noqa: E402
from ray.autoscaler._private.fake_multi_node.node_provider import (  # noqa: E402
    FAKE_HEAD_NODE_ID,
    FakeMultiNodeProvider,
)
from ray.cluster_utils import AutoscalingCluster  # noqa: E402

HOST = "127.0.0.1"
HEAD = "ray.head.default"
STORE = 80 * 2**20
COMMANDS = ("setup", "initialization", "head_setup", "worker_setup", "head_start_ray", "worker_start_ray")
PROVIDER = f"{__name__}.CloudNodes"


class CloudNodes(FakeMultiNodeProvider):
    """Starts a node as processes of this machine. The autoscaler's monitor makes it, in a process of its own."""

    def _create_node_with_resources_and_labels(
        self, node_config: Any, tags: Any, count: int, resources: dict[str, float], labels: Any
    ) -> None:
        """The one above hands `memory` over as a custom resource, which Ray refuses; a node finds its own."""
        found = {name: amount for name, amount in resources.items() if name != "memory"}
        super()._create_node_with_resources_and_labels(node_config, tags, count, found, labels)


class Cloud(AutoscalingCluster):
    """`head` and `node` are the resources of the head and of each node that comes."""

    def __init__(self, folder: Path, *, head: Mapping[str, float], node: Mapping[str, float], most: int) -> None:
        self._folder = folder
        self._port = _free_port()
        worker = {"resources": {**node, "object_store_memory": STORE}, "node_config": {}, "max_workers": most}
        super().__init__(dict(head), {"node": worker}, autoscaler_v2=True, max_workers=most)

    @property
    def address(self) -> str:
        """Where drivers connect to."""
        return f"{HOST}:{self._port}"

    def _generate_config(
        self, head_resources: Any, worker_node_types: Any, autoscaler_v2: bool = False, **config_kwargs: Any
    ) -> dict[str, Any]:
        head = {"resources": dict(head_resources), "node_config": {}, "max_workers": 0}
        return {
            "cluster_name": "cloud",
            "provider": {
                "type": "external",
                "module": PROVIDER,
                "gcs_address": self.address,
                "head_node_id": FAKE_HEAD_NODE_ID,
                "launch_multiple": True,
                "disable_launch_config_check": True,
                "disable_node_updaters": True,
            },
            "available_node_types": {**worker_node_types, HEAD: head},
            "head_node_type": HEAD,
            "upscaling_speed": 10.0,
            "idle_timeout_minutes": 0.05,
            "auth": {},
            "file_mounts": {},
            "cluster_synced_files": [],
            **{f"{when}_commands": [] for when in COMMANDS},
            **config_kwargs,
        }

    def start(self, _system_config: Any = None, override_env: Any = None) -> None:
        """Start the head with the autoscaler beside it."""
        config = self._folder / "cloud.json"
        config.write_text(json.dumps(self._config))
        resources = dict(self._head_resources)
        identity = {"RAY_OVERRIDE_NODE_ID_FOR_TESTING": FAKE_HEAD_NODE_ID, "RAY_CLOUD_INSTANCE_ID": FAKE_HEAD_NODE_ID}
        os.environ.update(identity)
        make: Any = RayParams
        parameters = make(
            node_ip_address=HOST,
            gcs_server_port=self._port,
            min_worker_port=0,
            max_worker_port=0,
            dashboard_agent_listen_port=0,
            num_cpus=resources.pop("CPU"),
            memory=resources.pop("memory"),
            resources=resources,
            object_store_memory=STORE,
            temp_dir=str(self._folder),
            include_dashboard=False,
            include_log_monitor=False,
            autoscaling_config=str(config),
            env_vars={**identity, "RAY_NODE_TYPE_NAME": HEAD},
        )
        self._node = Node(parameters, head=True, shutdown_at_exit=False, spawn_reaper=False)
        for name in identity:
            del os.environ[name]

    def shutdown(self) -> None:
        """End the head; the nodes end with it."""
        self._node.kill_all_processes(check_alive=False, allow_graceful=True, wait=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]
