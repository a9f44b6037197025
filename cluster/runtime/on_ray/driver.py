"""A Ray driver: this process as a client of a cluster, for as long as it lives."""

import logging
from typing import Any

import ray

from cluster.errors import SettingsError

RAY: Any = ray
"""Ray, whose own types are partly unknown."""
APPLICATION = "apexaurum"
"""The name of the Serve application, and the Ray namespace of drivers."""


def connect(address: str) -> None:
    """Become a client of the cluster at this address. Raises SettingsError when none answers."""
    try:
        RAY.init(address=address, namespace=APPLICATION, log_to_driver=False, logging_level=logging.WARNING)
    except (ConnectionError, RuntimeError, ValueError) as error:
        raise SettingsError(f"no Ray cluster answers at {address}: {error}; check RAY_ADDRESS") from error
