"""Programs that try to get out, each shown to succeed without a jail where that is safe to try."""

import asyncio
import errno
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import cast

import pytest

from sandbox.jail.jail import Jail
from sandbox.jail.run import Run
from tests.sandbox.jail.attacks import calls
from tests.sandbox.jail.attacks.attack import Attack
from tests.sandbox.jail.attacks.exhausting import EXHAUSTING
from tests.sandbox.jail.attacks.forging import FORGING
from tests.sandbox.jail.attacks.gaining import GAINING
from tests.sandbox.jail.attacks.looking import LOOKING
from tests.sandbox.jail.attacks.reaching import REACHING

ATTACKS = (*LOOKING, *REACHING, *GAINING, *EXHAUSTING, *FORGING)
ORDINARY = 54321
"""A user whom nobody knows."""

Outside = dict[str, object]


def name_of(attack: Attack) -> str:
    return attack.name


@pytest.mark.parametrize("attack", ATTACKS, ids=name_of)
async def test_an_attack_is_contained(attack: Attack, jail: Jail, outside: Outside):
    outcome = await jail.run(Run(code=attack.code(outside), language=attack.language, limits=attack.limits))
    assert attack.verdict(outcome), outcome


@pytest.mark.parametrize("attack", [attack for attack in ATTACKS if attack.works_outside], ids=name_of)
def test_an_attack_succeeds_without_the_jail(attack: Attack, outside: Outside, tmp_path: Path):
    assert "ESCAPED" in unconfined(attack.code(outside), tmp_path)


@pytest.fixture(scope="module")
def refused(jail: Jail) -> dict[str, int]:
    """How the jail answers each call that it must not allow, by name."""
    outcome = asyncio.run(jail.run(Run(code=calls.program("give_result"))))
    return cast("dict[str, int]", outcome.result)


@pytest.fixture(scope="module")
def answered(tmp_path_factory: pytest.TempPathFactory) -> dict[str, int]:
    """How the machine answers them."""
    said = unconfined(calls.program("show"), tmp_path_factory.mktemp("calls"))
    return json.loads(said.splitlines()[-1])


@pytest.mark.parametrize("call", calls.CALLS)
def test_a_call_does_not_exist_in_the_jail(call: str, refused: dict[str, int], answered: dict[str, int]):
    if answered.get(call, errno.ENOSYS) == errno.ENOSYS:
        pytest.skip("this machine does not know it either")
    assert refused[call] == errno.ENOSYS


@pytest.mark.skipif(os.geteuid() != 0, reason="this is the ordinary user already")
@pytest.mark.timeout(300)
def test_all_of_it_holds_for_an_ordinary_user():
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(Path(__file__).parent)]
    ordinary = [sys.executable, "-m", "tests.sandbox.jail.ordinary", str(ORDINARY), *command]
    done = subprocess.run(ordinary, capture_output=True, text=True, check=False, timeout=280)
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-2000:]


def unconfined(code: str, folder: Path) -> str:
    """What a program says that runs as we do."""
    (folder / "main.py").write_text(code)
    done = subprocess.run(
        [sys.executable, "main.py"], cwd=folder, capture_output=True, text=True, check=False, timeout=60
    )
    return done.stdout
