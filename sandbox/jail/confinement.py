"""Writes the plan of a jail: which namespaces, what is mounted where, what the program may take.

Nothing of this machine is named in the order itself: it travels by a file descriptor, not by arguments, because a
process in the jail can read the arguments of its own init.
"""

import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from sandbox.jail.limits import MIB, Limits
from sandbox.jail.plan import STAGE, Plan, Room
from sandbox.jail.run import RESULT_BYTES
from sandbox.jail.runtime import PYTHON, Runtime

SHARED_MEMORY = 16 * MIB
SETUP_SECONDS = 20.0
IMPORT_CPU_SECONDS = 10
"""What importing libraries ahead of the run may cost; it is not the run's own time."""
ARGS_FD, SECCOMP_FD = 5, 6
"""Where bubblewrap finds its options and the filter; it closes both before the program starts."""
IDENTITY = {
    "passwd": "root:x:0:0::/:/usr/sbin/nologin\nuser:x:1000:1000::/work:/bin/sh\n",
    "group": "root:x:0:\nuser:x:1000:\n",
    "hosts": "127.0.0.1 localhost\n::1 localhost\n",
    "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
    "hostname": "sandbox\n",
    "resolv.conf": "",
    "localtime": "",
    "fonts/fonts.conf": "<fontconfig><dir>/usr/share/fonts</dir><cachedir>/tmp/fontconfig</cachedir></fontconfig>\n",
    # The machine's own is shown over it where there is one, or libraries would not be found.
    "ld.so.cache": "",
}
"""The whole of /etc inside."""
TELLTALES = (
    *("keys", "key-users", "kcore", "timer_list", "vmallocinfo", "sysrq-trigger", "kallsyms", "sched_debug"),
    *("latency_stats", "kpagecgroup", "kpagecount", "kpageflags", "pagetypeinfo", "slabinfo", "config.gz", "kmsg"),
)
"""Files in /proc that tell of the machine, or of others on it, through every namespace."""


def plan_of(runtime: Runtime, limits: Limits, preload: Sequence[str] = ()) -> Plan:
    """The plan of a jail with these limits, in which these modules are imported before it is given its program."""
    return Plan(
        binds=runtime.binds,
        bwrap=runtime.bwrap,
        options=tuple(_options(runtime)),
        command=_command(limits, preload),
        seccomp=runtime.seccomp,
        inside=str(Path(__file__).with_name("inside.py")),
        etc=IDENTITY,
        rooms=(
            Room(name="work", size=limits.work_bytes, inodes=limits.work_inodes),
            Room(name="tmp", size=limits.scratch_bytes, inodes=limits.scratch_inodes),
            Room(name="shm", size=SHARED_MEMORY, inodes=1000),
        ),
        rlimits=_rlimits(limits),
        memory_bytes=limits.memory_bytes,
        output_bytes=limits.output_bytes,
        setup_seconds=SETUP_SECONDS,
    )


def kernel_plan_of(runtime: Runtime, limits: Limits, preload: Sequence[str] = ()) -> Plan:
    """The same jail for a kernel, which serves cell after cell."""
    here = Path(__file__).parent
    ours = ((str(here / name), f"ours/sandbox/jail/{name}") for name in ("inside.py", "inside_kernel"))
    plan = plan_of(runtime, limits, preload)
    return replace(plan, cells=True, binds=(*plan.binds, *ours), inside=str(here / "inside_kernel" / "main.py"))


def _command(limits: Limits, preload: Sequence[str]) -> tuple[str, ...]:
    """The interpreter with the program that waits for the code. It lowers what could not be lowered from outside."""
    waiting = (f"/opt/python/bin/{PYTHON}", "-I", "-B", "/run/inside.py")
    return (*waiting, str(limits.processes), str(limits.cpu_seconds), str(RESULT_BYTES), ",".join(preload))


def _rlimits(limits: Limits) -> dict[str, int]:
    return {
        "RLIMIT_AS": limits.address_bytes or limits.memory_bytes,
        "RLIMIT_CPU": limits.cpu_seconds + IMPORT_CPU_SECONDS,
        "RLIMIT_FSIZE": limits.file_bytes,
        "RLIMIT_NOFILE": limits.open_files,
        "RLIMIT_CORE": 0,
        "RLIMIT_MEMLOCK": 0,
        "RLIMIT_MSGQUEUE": 0,
        "RLIMIT_STACK": 8 * MIB,
    }


def _options(runtime: Runtime) -> Iterable[str]:
    yield from ("--unshare-user", "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts")
    yield from ("--unshare-cgroup-try", "--disable-userns")
    yield from ("--uid", "1000", "--gid", "1000", "--hostname", "sandbox")
    yield from ("--die-with-parent", "--new-session", "--cap-drop", "ALL")
    yield from _environment(runtime)
    yield from _system()
    yield from _own(runtime)
    yield from ("--proc", "/proc", "--dev", "/dev")
    yield from ("--bind", f"{STAGE}/shm", "/dev/shm", "--bind", f"{STAGE}/tmp", "/tmp")
    yield from ("--bind", f"{STAGE}/work", "/work", "--chdir", "/work")
    for name in TELLTALES:
        if os.path.exists(f"/proc/{name}"):
            yield from ("--ro-bind", "/dev/null", f"/proc/{name}")
    yield from ("--seccomp", str(SECCOMP_FD))
    yield from ("--remount-ro", "/proc", "--remount-ro", "/dev", "--remount-ro", "/")


def _environment(runtime: Runtime) -> Iterable[str]:
    yield "--clearenv"
    for name, value in {
        "PATH": "/opt/python/bin:/usr/bin:/bin",
        "HOME": "/work",
        "TMPDIR": "/tmp",
        "LANG": "C.UTF-8",
        "LD_LIBRARY_PATH": runtime.library_path,
        # One thread for each library: on a machine with many cores their stacks alone would exceed the memory limit.
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        # The same for the arenas that glibc keeps for threads.
        "MALLOC_ARENA_MAX": "2",
        "MPLBACKEND": "agg",
        "MPLCONFIGDIR": "/tmp/matplotlib",
    }.items():
        yield from ("--setenv", name, value)


def _system() -> Iterable[str]:
    """An empty root with the machine's programs and libraries, and nothing that was installed by hand."""
    yield from ("--size", str(MIB), "--tmpfs", "/", "--ro-bind", "/usr", "/usr")
    for name in ("bin", "sbin", "lib", "lib64", "lib32"):
        if os.path.islink(f"/{name}"):
            yield from ("--symlink", os.readlink(f"/{name}").lstrip("/"), f"/{name}")
        elif os.path.isdir(f"/{name}"):
            yield from ("--ro-bind", f"/{name}", f"/{name}")
    for hidden in ("/usr/local", "/usr/src"):
        if os.path.isdir(hidden):
            yield from ("--size", "4096", "--tmpfs", hidden, "--remount-ro", hidden)


def _own(runtime: Runtime) -> Iterable[str]:
    """What we lay beside it: identity, interpreter, libraries, and the program that waits."""
    yield from ("--ro-bind", f"{STAGE}/etc", "/etc")
    if os.path.exists("/etc/ld.so.cache"):
        yield from ("--ro-bind", "/etc/ld.so.cache", "/etc/ld.so.cache")
    yield from ("--ro-bind", f"{STAGE}/python", "/opt/python", "--ro-bind", f"{STAGE}/run", "/run")
    yield from ("--ro-bind", f"{STAGE}/ours", "/opt/ours")
    if any(target == "site" for _, target in runtime.binds):
        yield from ("--ro-bind", f"{STAGE}/site", "/opt/site")
    library = next(source for source, target in runtime.binds if target == f"python/lib/{PYTHON}")
    for installed in ("site-packages", "dist-packages"):
        if os.path.isdir(f"{library}/{installed}"):
            inside = f"/opt/python/lib/{PYTHON}/{installed}"
            yield from ("--size", "4096", "--tmpfs", inside, "--remount-ro", inside)
