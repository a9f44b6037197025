"""Attacks that exhaust: memory, processes, disk, output, time; each small enough to be let off without a jail."""

from dataclasses import replace

from tests.sandbox.jail.attacks.attack import SMALL, Attack, ended, harmless

BRIEF = replace(SMALL, wall_seconds=1.0)
IDLE_CHILDREN = """
children = []
def child(work):
    pid = os.fork()
    if pid == 0:
        work()
        os._exit(0)
    children.append(pid)
def end():
    for pid in children:
        os.kill(pid, 9)
        os.waitpid(pid, 0)
"""

EXHAUSTING = (
    Attack(
        name="memory of one process",
        program="try:\n    held = bytearray(400 << 20)\n    escaped(len(held))\nexcept MemoryError: pass",
    ),
    Attack(
        name="memory of many processes",
        program=f"{IDLE_CHILDREN}\ndef eat():\n    held = bytearray(b'x') * (100 << 20)\n    wait()\n"
        "for _ in range(6): child(eat)\nready, until = [], 200\n"
        "while until:\n    until -= 1\n    select.select([], [], [], 0.02)\nend()\nescaped('600 MB')",
        verdict=ended("memory", "signal"),
    ),
    Attack(
        name="memory that belongs to no process",
        program='try:\n    handle = os.memfd_create("x")\n    os.ftruncate(handle, 64 << 20)\n    escaped("memfd")\n'
        "except OSError: pass",
    ),
    Attack(
        name="shared memory",
        program='try:\n    with open("/dev/shm/apex-attack", "wb") as file:\n'
        "        for _ in range(40): file.write(bytes(1 << 20))\n    escaped('/dev/shm')\nexcept OSError: pass\n"
        "finally:\n    with contextlib.suppress(OSError): os.unlink('/dev/shm/apex-attack')",
    ),
    Attack(
        name="processes",
        program=f"{IDLE_CHILDREN}\ntry:\n    for _ in range(60): child(wait)\n    escaped(len(children))\n"
        "except OSError: pass\nend()",
    ),
    Attack(
        name="threads",
        program="import threading\nstop = threading.Event()\ntry:\n    for _ in range(60):\n"
        "        threading.Thread(target=stop.wait, args=(30,)).start()\n    escaped(threading.active_count())\n"
        "except RuntimeError: pass\nstop.set()",
    ),
    Attack(
        name="a fork bomb",
        program="while True:\n    with contextlib.suppress(OSError): os.fork()",
        verdict=ended("time", "memory", "signal", "cpu"),
        works_outside=False,
        limits=BRIEF,
    ),
    Attack(
        name="descriptors",
        program="try:\n    held = [os.open('/dev/null', 0) for _ in range(100)]\n"
        "    escaped(len(held))\nexcept OSError: pass",
    ),
    Attack(
        name="one large file",
        program="signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\ntry:\n    with open('large', 'wb') as file:\n"
        "        for _ in range(10): file.write(bytes(1 << 20))\n    escaped('10 MB')\nexcept OSError: pass",
    ),
    Attack(
        name="the disk",
        program="try:\n    for number in range(24):\n"
        "        with open(f'part{number}', 'wb') as file: file.write(bytes(1 << 20))\n"
        "    escaped('24 MB')\nexcept OSError: pass",
    ),
    Attack(
        name="the disk by the temporary folder",
        program="try:\n    for number in range(12):\n        with open(f'/tmp/apex-attack-{number}', 'wb') as file:\n"
        "            file.write(bytes(1 << 20))\n    escaped('12 MB')\nexcept OSError: pass\n"
        "finally:\n    for path in glob.glob('/tmp/apex-attack-*'): os.unlink(path)",
    ),
    Attack(
        name="files without content",
        program="try:\n    for number in range(800): open(str(number), 'w').close()\n"
        "    escaped('800')\nexcept OSError: pass",
    ),
    Attack(
        name="folders within folders",
        program="made = 0\ntry:\n    for _ in range(700):\n        os.mkdir('d')\n"
        "        os.chdir('d')\n        made += 1\n"
        "    escaped(made)\nexcept OSError: pass",
    ),
    Attack(
        name="a file that says it is huge",
        program="signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\nattempt(os.truncate, open('x', 'w').name, 1 << 30)",
    ),
    Attack(
        name="output",
        program="for _ in range(64): print('x' * (1 << 16))\nprint('ESCAPED')",
        verdict=lambda outcome: outcome.killed_by == "output" and len(outcome.stdout) <= SMALL.output_bytes,
    ),
    Attack(
        name="errors without end",
        program="for _ in range(64): sys.stderr.write('x' * (1 << 16))\nprint('ESCAPED')",
        verdict=ended("output"),
    ),
    Attack(name="time in a loop", program="while True: pass", verdict=ended("time"), works_outside=False, limits=BRIEF),
    Attack(name="time asleep", program="wait()", verdict=ended("time"), works_outside=False, limits=BRIEF),
    Attack(
        name="time on the way out",
        program="import atexit\natexit.register(wait)",
        verdict=ended("time"),
        works_outside=False,
        limits=BRIEF,
    ),
    Attack(
        name="time in a thread that never ends",
        program="import threading\nthreading.Thread(target=wait).start()",
        verdict=ended("time"),
        works_outside=False,
        limits=BRIEF,
    ),
    Attack(
        name="time while deaf to signals",
        program="for number in range(1, 65):\n    with contextlib.suppress(OSError, ValueError):\n"
        "        signal.signal(number, signal.SIG_IGN)\nwait()",
        verdict=ended("time"),
        works_outside=False,
        limits=BRIEF,
    ),
    Attack(
        name="time while stopped",
        program="os.kill(os.getpid(), signal.SIGSTOP)",
        verdict=ended("time"),
        works_outside=False,
        limits=BRIEF,
    ),
    Attack(
        name="time of the processor",
        program="while True: pass",
        verdict=ended("cpu", "signal"),
        works_outside=False,
        limits=replace(SMALL, cpu_seconds=1),
    ),
    Attack(
        name="a daemon that keeps the output open",
        program="if os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0: wait()\n    os._exit(0)",
        works_outside=False,
    ),
    Attack(
        name="children that nobody buries",
        program="for _ in range(25):\n    if os.fork() == 0: os._exit(0)",
        works_outside=False,
    ),
    Attack(
        name="a crash",
        program="ctypes.string_at(0)",
        verdict=lambda outcome: outcome.killed_by == "signal" and outcome.exit == 139,
        works_outside=False,
    ),
    Attack(
        name="recursion",
        program="def deeper():\n    deeper()\ndeeper()",
        verdict=lambda outcome: outcome.exit == 1,
        works_outside=False,
    ),
    Attack(
        name="a fork bomb of a shell",
        language="shell",
        program="bomb() { bomb | bomb & }; bomb; sleep 30",
        verdict=harmless,
        works_outside=False,
        limits=BRIEF,
    ),
)
