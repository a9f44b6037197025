"""Whether the door answers: asked by whoever opens it and by whoever watches it, both without its libraries."""

import time
import urllib.request
from http.client import HTTPException

from cluster.settings import Settings

DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""The door is on this machine: no proxy of the environment stands before it."""


def is_ready(url: str) -> bool:
    """Whether the door says that everything behind it works."""
    try:
        with DIRECT.open(f"{url}/readyz", timeout=5) as answer:
            return answer.status == 200
    except (OSError, HTTPException):
        return False


def wait_until_ready(url: str, *, seconds: float) -> bool:
    """Wait for that, for so many seconds at most. Answers whether it came."""
    deadline = time.monotonic() + seconds
    while not is_ready(url):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def address_of(settings: Settings) -> str:
    """Where this machine reaches the door."""
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host
    return f"http://[{host}]:{settings.port}" if ":" in host else f"http://{host}:{settings.port}"
