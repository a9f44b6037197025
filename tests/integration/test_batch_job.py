"""A batch of councils as a job of the running instance's own Ray, under an API key of the user who pays."""

import asyncio
import json
import os
import re
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.instance import Instance

QUIET = {"APEX_SCRIPTED_MODEL": "1", "APEX_LOCAL_MODEL": "off", "APEX_HOSTS": "1"}
QUESTIONS = 6
pytestmark = pytest.mark.timeout(400)


def submit(instance: Instance, *command: str, key: str) -> subprocess.CompletedProcess[str]:
    """Submit a job and wait for its end, as its log is printed."""
    address, token = printed_of(instance)
    ray = Path(sysconfig.get_path("scripts"), "ray")
    env = {**os.environ, "RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN_PATH": token}
    variables = {"APEX_API_KEY": key, "APEX_URL": instance.url, "PYTHONPATH": str(Path(__file__).parents[2])}
    runtime = json.dumps({"env_vars": variables})
    asked = [str(ray), "job", "submit", "--address", address, "--runtime-env-json", runtime, "--", *command]
    return subprocess.run(asked, env=env, capture_output=True, text=True, timeout=300, check=False)


def printed_of(instance: Instance) -> tuple[str, str]:
    """Where the job server is, and the file with its token, as `apex up` says it."""
    found = re.search(r"Ray dashboard\s+(http://\S+).*token in (\S+?)\)", instance.printed())
    assert found is not None, instance.printed()
    return found[1], found[2]


async def answering(address: str) -> None:
    """Wait until the job server takes connections: it comes up beside everything else."""
    async with asyncio.timeout(90), httpx.AsyncClient() as http:
        while True:
            try:
                await http.get(address)
            except httpx.TransportError:
                await asyncio.sleep(0.2)
            else:
                return


async def key_of_a_user(http: httpx.AsyncClient) -> str:
    """Somebody new signs up and makes a key for programs."""
    account = {"email": "ada@example.com", "password": "correct horse battery staple"}
    tokens = (await http.post("/auth/register", json=account)).json()
    http.headers["Authorization"] = f"Bearer {tokens['access_token']}"
    made = await http.post("/user/keys", json={"name": "batch", "scopes": ["agents"]})
    assert made.status_code == 201, made.text
    return made.json()["key"]


async def test_a_batch_is_submitted_to_the_running_cluster(tmp_path: Path):
    lines = [{"question": f"Question {n}?", "options": ["tea", "coffee"], "max_rounds": 2} for n in range(QUESTIONS)]
    source, out = tmp_path / "questions.jsonl", tmp_path / "results"
    source.write_text("\n".join(json.dumps(line) for line in lines))
    batch = [sys.executable, "-m", "actors.batch.cli", "batch", str(source), "--out", str(out)]
    async with (
        Instance(tmp_path / "home", settings=QUIET) as instance,
        httpx.AsyncClient(base_url=f"{instance.url}/api/v1", timeout=30) as http,
    ):
        async with asyncio.timeout(60):
            while "Ray dashboard" not in instance.printed():  # noqa: ASYNC110 (another process prints it)
                await asyncio.sleep(0.1)
        await answering(printed_of(instance)[0])
        key = await key_of_a_user(http)
        first, second = [await asyncio.to_thread(submit, instance, *batch, key=key) for _ in range(2)]
        councils: list[Any] = (await http.get("/councils")).json()["councils"]

    assert first.returncode == 0, first.stdout + first.stderr
    assert f"{QUESTIONS} of {QUESTIONS} done" in first.stdout + first.stderr
    assert second.returncode == 0, second.stdout + second.stderr
    assert len(councils) == QUESTIONS
    results = [json.loads(line) for line in (out / "results.jsonl").read_text().splitlines()]
    assert [result["status"] for result in results] == ["completed"] * QUESTIONS
    assert f"{QUESTIONS} completed" in (out / "summary.md").read_text()
    assert (out / "agreement.svg").read_text().startswith("<svg")
