"""What a whole instance tells of itself: metrics, one trace across its processes, lines of JSON, its runtime."""

import asyncio
import json
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from itertools import pairwise
from typing import Any

import httpx
import pytest
import pytest_asyncio

from cluster.embedded.home import Home
from tests.cluster.telemetry.receiver import Receiver, receiving
from tests.instance import Instance

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(400)]
PASSWORD = "correct horse battery staple"
WANTED = [
    'ray_apex_turns_total{.*outcome="completed"',
    'ray_apex_wakes_total{.*kind="session"',
    'ray_apex_actors_awake{.*kind="session"',
    'ray_apex_messages_total{.*way="ask"',
    'ray_apex_tokens_total{.*model="scripted"',
    'ray_apex_turn_phase_seconds_bucket{.*phase="first_token"',
    "ray_apex_event_loop_lag_seconds{",
    "ray_apex_events_published_total{",
    "ray_apex_events_relayed_total{",
]


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    """Where traces go."""
    with receiving() as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def instance(tmp_path_factory: pytest.TempPathFactory, receiver: Receiver) -> AsyncIterator[Instance]:
    """An instance that tells all it can."""
    settings = {
        "APEX_SCRIPTED_MODEL": "1",
        "APEX_LOCAL_MODEL": "off",
        "APEX_HOSTS": "1",
        "APEX_LOG_FORMAT": "json",
        "APEX_LOG_LEVEL": "info",
        "APEX_OTLP_ENDPOINT": receiver.url,
    }
    async with Instance(tmp_path_factory.mktemp("seen") / "home", settings=settings) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ada(instance: Instance) -> AsyncIterator[httpx.AsyncClient]:
    """The first account, after a chat."""
    async with httpx.AsyncClient(base_url=f"{instance.url}/api/v1", timeout=60) as http:
        await register(http, "ada@example.com")
        said = {"message": 'use tool calculator with {"expression": "6*7"}', "model": "scripted"}
        answer = await http.post("/chat/message", json=said)
        assert answer.json()["status"] == "completed", answer.text
        http.headers["x-turn"] = answer.headers["x-turn-id"]
        yield http


async def register(http: httpx.AsyncClient, email: str) -> None:
    answer = await http.post("/auth/register", json={"email": email, "password": PASSWORD})
    assert answer.status_code == 201, answer.text
    http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"


async def eventually(condition: Callable[[], Awaitable[bool]]) -> None:
    """Wait until it holds."""
    async with asyncio.timeout(60):
        while not await condition():  # noqa: ASYNC110 (other processes have no event to wait for)
            await asyncio.sleep(0.5)


async def test_prometheus_finds_what_was_counted(instance: Instance, ada: httpx.AsyncClient):
    agent = " ".join(instance.named("dashboard/agent.py")[0].cmdline())
    port = re.search(r"--metrics-export-port=(\d+)", agent)
    assert port is not None
    missing = list(WANTED)

    async def found() -> bool:
        async with httpx.AsyncClient() as http:
            text = (await http.get(f"http://127.0.0.1:{port[1]}/metrics")).text
        lines = text.splitlines()
        missing[:] = [wanted for wanted in WANTED if not any(re.match(wanted, line) for line in lines)]
        return not missing

    try:
        await eventually(found)
    except TimeoutError:
        pytest.fail(f"not found: {missing}")


async def test_a_trace_goes_from_the_gateway_through_the_host(ada: httpx.AsyncClient, receiver: Receiver):
    async def arrived() -> bool:
        return {"turn", "message"} <= set(receiver.names())

    await eventually(arrived)
    chain = ["execute_tool calculator", "turn", "session.post", "ask session.post", "command", "message"]
    for child, parent in pairwise(chain):
        assert receiver.parent_of(receiver.named(child)) == parent


async def test_an_administrator_sees_the_hosts_and_the_way_to_the_dashboard(ada: httpx.AsyncClient):
    async def loaded() -> bool:
        seen = (await ada.get("/runtime")).json()
        return any(kind["kind"] == "session" and kind["awake"] for kind in seen["kinds"])

    await eventually(loaded)
    seen: dict[str, Any] = (await ada.get("/runtime")).json()
    assert [host["alive"] for host in seen["hosts"]] == [True]
    assert len(seen["nodes"]) == 1
    assert seen["dashboard_url"].startswith("http://127.0.0.1:")
    spans = (await ada.get(f"/chat/turns/{ada.headers['x-turn']}/timeline")).json()["spans"]
    assert [span["kind"] for span in spans] == ["queue", "prepare", "model", "tool", "model"]


async def test_rights_are_given_while_the_instance_runs(instance: Instance, ada: httpx.AsyncClient):
    async with httpx.AsyncClient(base_url=f"{instance.url}/api/v1", timeout=60) as bob:
        await register(bob, "bob@example.com")
        assert (await bob.get("/runtime")).status_code == 403
        env = {**os.environ, "APEX_HOME": str(instance.home)}
        command = [sys.executable, "-m", "cluster.cli", "admin", "bob@example.com"]
        done = await asyncio.to_thread(subprocess.run, command, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert (await bob.get("/runtime")).status_code == 200
        await asyncio.to_thread(subprocess.run, [*command, "--revoke"], env=env, capture_output=True, check=True)
        assert (await bob.get("/runtime")).status_code == 403


async def test_the_supervisor_and_the_workers_log_json(instance: Instance, ada: httpx.AsyncClient):
    printed = [json.loads(line) for line in instance.printed().splitlines() if line.startswith("{")]
    assert any(line["process"] == "supervisor" and "page" in line["message"] for line in printed)
    files = list(Home.open(instance.home).run.glob("session_latest/logs/*.err"))
    texts = [line for file in files for line in file.read_text(errors="replace").splitlines()]
    told = [json.loads(line) for line in texts if line.startswith('{"time"')]
    assert {line["process"].partition("/")[0] for line in told} >= {"host", "gateway"}
