"""Attacks that forge: results, statuses, and files that would mean something else where they come out."""

from collections.abc import Callable

from sandbox.jail.run import Outcome
from tests.sandbox.jail.attacks.attack import Attack


def without_files(*names: str) -> Callable[[Outcome], bool]:
    """None of these came out, and the run ended by itself."""
    return lambda outcome: not set(names) & set(outcome.files) and "TRIED" in outcome.stdout


def without_result(outcome: Outcome) -> bool:
    """Nothing counts as a result."""
    return outcome.result is None and "TRIED" in outcome.stdout


FORGING = (
    Attack(
        name="a result that was printed",
        program="import json\nprint('0' * 32 + '00000004' + 'true')\nprint(json.dumps({'state': 'ended', 'exit': 0}))",
        verdict=without_result,
        works_outside=False,
    ),
    Attack(
        name="a result with a guessed marker",
        program="with contextlib.suppress(OSError): os.write(4, b'0' * 32 + b'00000004true')",
        verdict=without_result,
        works_outside=False,
    ),
    Attack(
        name="a result longer than it says",
        program="give_result('x')\nwith contextlib.suppress(OSError): os.write(4, b'ready\\n' * 100)",
        verdict=lambda outcome: outcome.result == "x",
        works_outside=False,
    ),
    Attack(
        name="a result without end",
        program="try:\n    give_result('x' * (2 << 20))\n    escaped('2 MB')\nexcept ValueError: pass",
        works_outside=False,
    ),
    Attack(
        name="a result nested too deeply",
        program="value = []\nfor _ in range(100000): value = [value]\n"
        "try: give_result(value)\nexcept RecursionError: pass",
        verdict=without_result,
        works_outside=False,
    ),
    Attack(
        name="a status of success",
        program="print('TRIED', flush=True)\nos.kill(os.getppid(), 9) if os.getppid() != 1 else None\nos._exit(7)",
        verdict=lambda outcome: outcome.exit == 7,
        works_outside=False,
    ),
    Attack(
        name="a link to a file of the machine",
        program='os.symlink(OUT["file"], "taken")\nos.symlink("/etc/passwd", "passwd")',
        verdict=without_files("taken", "passwd"),
        works_outside=False,
    ),
    Attack(
        name="a second name for a file",
        program='open("one", "w").write("x")\nos.link("one", "two")',
        verdict=without_files("one", "two"),
        works_outside=False,
    ),
    Attack(
        name="a pipe where a file is expected",
        program='os.mkfifo("pipe")',
        verdict=without_files("pipe"),
        works_outside=False,
    ),
    Attack(
        name="a socket where a file is expected",
        program='socket.socket(socket.AF_UNIX).bind("listener")',
        verdict=without_files("listener"),
        works_outside=False,
    ),
    Attack(
        name="names that mean something elsewhere",
        program="for name in ('..\\\\up', '.profile', 'new\\n"
        "line', 'x' * 200, 'bell\\x07'): open(name, 'w').write('x')\n"
        "open(b'\\xff\\xfe', 'w').write('x')",
        verdict=lambda outcome: not outcome.files and outcome.left_out >= 5,
        works_outside=False,
    ),
    Attack(
        name="a folder that is a link",
        program='os.symlink("/", "all")\nos.makedirs("a/b")\nos.symlink("../../..", "a/b/up")',
        verdict=lambda outcome: not outcome.files and "TRIED" in outcome.stdout,
        works_outside=False,
    ),
    Attack(
        name="a folder that nobody may enter",
        program='os.mkdir("closed")\nopen("closed/x", "w").write("x")\n'
        'os.chmod("closed", 0)\nopen("y", "w").write("y")',
        verdict=lambda outcome: outcome.files.get("y") == b"y",
        works_outside=False,
    ),
    Attack(
        name="more files than anyone wants",
        program="for number in range(450): open(f'f{number}', 'w').write('x')",
        verdict=lambda outcome: len(outcome.files) == 200 and outcome.left_out >= 250,
        works_outside=False,
    ),
    Attack(
        name="a work folder that is a link",
        program='attempt(os.rename, "/work", "/tmp/work")\n'
        'attempt(os.symlink, "/", "/work")\nattempt(os.rmdir, "/work")',
        works_outside=False,
    ),
    Attack(
        name="an archive with names that lead out",
        program="import io, tarfile, zipfile\n"
        'with tarfile.open("out.tar", "w") as tar:\n'
        '    entry = tarfile.TarInfo("../../../../planted")\n    entry.size = 1\n'
        '    tar.addfile(entry, io.BytesIO(b"x"))\n'
        'tarfile.open("out.tar").extractall(filter="fully_trusted") if os.access("/", os.W_OK) else None\n'
        'with zipfile.ZipFile("out.zip", "w") as archive: archive.writestr("../../../planted", "x")\n'
        'zipfile.ZipFile("out.zip").extractall()\nif os.path.exists("/planted"): escaped("/planted")',
        works_outside=False,
    ),
)
