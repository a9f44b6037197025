"""Attacks that gain: rights, namespaces, mounts, and power over other processes."""

from tests.sandbox.jail.attacks.attack import Attack

GAINING = (
    Attack(
        name="becoming root",
        program="for change in (os.setuid, os.setgid, os.seteuid): attempt(change, 0)",
        works_outside=False,
    ),
    Attack(name="a user namespace", program='attempt(call, "unshare", 0x10000000)'),
    Attack(
        name="a user namespace by clone",
        program='number = 56 if platform.machine() == "x86_64" else 220\n'
        "pid = libc.syscall(number, 0x10000000 | signal.SIGCHLD, 0, 0, 0, 0)\n"
        'if pid == 0: os._exit(0)\nif pid > 0: os.waitpid(pid, 0); escaped("clone")',
    ),
    Attack(
        name="namespaces of all kinds",
        program="for kind in (0x20000, 0x4000000, 0x8000000, 0x20000000, 0x40000000, 0x2000000, 0x80):\n"
        '    if os.fork() == 0:\n        attempt(call, "unshare", 0x10000000 | kind)\n        os._exit(0)\n'
        "    os.wait()",
        works_outside=False,
    ),
    Attack(
        name="the namespaces of process 1",
        program='for name in ("net", "mnt", "user", "pid"):\n    with contextlib.suppress(OSError):\n'
        '        handle = os.open(f"/proc/1/ns/{name}", os.O_RDONLY)\n        attempt(call, "setns", handle, 0)',
        works_outside=False,
    ),
    Attack(name="tracing process 1", program='attempt(call, "ptrace", 16, 1, 0, 0)', works_outside=False),
    Attack(
        name="tracing a child",
        program='child = os.fork()\nif child == 0: wait()\nattempt(call, "ptrace", 16, child, 0, 0)\nos.kill(child, 9)',
    ),
    Attack(
        name="the memory of a child",
        program="child = os.fork()\nif child == 0: wait()\n"
        'number = 310 if platform.machine() == "x86_64" else 270\n'
        'if libc.syscall(number, child, 0, 0, 0, 0, 0) == 0: escaped("process_vm_readv")\nos.kill(child, 9)',
        works_outside=False,
    ),
    Attack(
        name="mounts",
        program='for kind in (b"tmpfs", b"proc", b"sysfs", b"devtmpfs", b"overlay"):\n'
        '    attempt(call, "mount", b"none", b"/work", kind, 0, None)',
        works_outside=False,
    ),
    Attack(
        name="showing a folder in a second place",
        program='attempt(call, "mount", b"/usr", b"/work", None, 4096, None)',
        works_outside=False,
    ),
    Attack(
        name="making the root writable",
        program='attempt(call, "mount", None, b"/", None, 32 | 4096, None)',
        works_outside=False,
    ),
    Attack(name="taking a mount away", program='attempt(call, "umount2", b"/proc", 2)', works_outside=False),
    Attack(name="another root", program='attempt(os.chroot, "/work")', works_outside=False),
    Attack(
        name="a device of one's own",
        program='attempt(os.mknod, "disk", stat.S_IFBLK | 0o600, os.makedev(8, 0))\n'
        'attempt(os.mknod, "memory", stat.S_IFCHR | 0o600, os.makedev(1, 1))',
        works_outside=False,
    ),
    Attack(
        name="a program that runs as its owner",
        program='import shutil\nshutil.copy("/usr/bin/id", "id")\nos.chmod("id", 0o6755)\n'
        'attempt(os.chown, "id", 0, 0)\n'
        'if "euid=0" in os.popen("./id").read(): escaped("setuid")\n'
        'for name in ("su", "mount", "passwd", "sudo"):\n'
        '    if os.path.exists(f"/usr/bin/{name}") and os.getuid() == 0: escaped("we are root")',
        works_outside=False,
    ),
    Attack(
        name="capabilities on a file",
        program='open("tool", "w").close()\n'
        'attempt(os.setxattr, "tool", "security.capability", struct.pack("<IIIII", 0x02000001, 0xFFFFFFFF, 0, 0, 0))',
        works_outside=False,
    ),
    Attack(
        name="taking back capabilities",
        program='head, data = struct.pack("<Ii", 0x20080522, 0), struct.pack("<IIIIII", *[0x3FFFFFFF] * 6)\n'
        'attempt(call, "capset", head, data)\n'
        'for line in open("/proc/self/status"):\n'
        '    if line.startswith("Cap") and int(line.split()[1], 16): escaped(line)',
        works_outside=False,
    ),
    Attack(
        name="raising the limits again",
        program="for name in ('RLIMIT_NPROC', 'RLIMIT_AS', 'RLIMIT_FSIZE', 'RLIMIT_NOFILE', 'RLIMIT_CPU'):\n"
        "    which = getattr(resource, name)\n"
        "    hard = resource.getrlimit(which)[1]\n"
        "    attempt(resource.setrlimit, which, (hard, hard + 1)) if hard != -1 else escaped(name, 'has none')",
        works_outside=False,
    ),
    Attack(
        name="surviving when memory runs out",
        program='with contextlib.suppress(OSError):\n    open("/proc/self/oom_score_adj", "w").write("-1000")\n'
        'if int(open("/proc/self/oom_score_adj").read()) < 1000: escaped("oom_score_adj")',
    ),
    Attack(
        name="more of the processor than others",
        program="attempt(os.nice, -10)\nattempt(os.sched_setscheduler, 0, os.SCHED_FIFO, os.sched_param(50))",
        works_outside=False,
    ),
    Attack(
        name="signals to others",
        program='attempt(os.kill, OUT["pid"], 0)\n'
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\nwith contextlib.suppress(OSError): os.kill(-1, signal.SIGTERM)",
        works_outside=False,
    ),
    Attack(
        name="writing outside of the work folder",
        program='for folder in ("/", "/usr/bin", "/etc", "/opt/python/bin", "/opt/site", "/run", "/dev", "/proc"):\n'
        '    attempt(open, folder + "/planted", "w")\n'
        'for path in ("/run/main.py", "/run/inside.py", "/etc/passwd", "/usr/bin/bash"): attempt(open, path, "a")',
        works_outside=False,
    ),
    Attack(
        name="the kernel's settings",
        program='for path in ("kernel/core_pattern", "kernel/hostname", "vm/drop_caches", "net/ipv4/ip_forward"):\n'
        '    attempt(open, "/proc/sys/" + path, "w")',
        works_outside=False,
    ),
    Attack(name="another name for the machine", program='attempt(call, "sethostname", b"x", 1)', works_outside=False),
    Attack(
        name="typing into a terminal",
        program='attempt(os.open, "/dev/tty", os.O_RDWR)\nparent, terminal = os.openpty()\n'
        'attempt(fcntl.ioctl, terminal, 0x5412, b"x")\nattempt(fcntl.ioctl, terminal, 0x541C, b"\\x03")',
        works_outside=False,
    ),
    Attack(
        name="old doors of the processor",
        program='if platform.machine() == "x86_64":\n'
        "    child = os.fork()\n"
        "    if child == 0: libc.syscall(0x40000000 + 39); os._exit(0)\n"
        '    if os.waitpid(child, 0)[1] == 0: escaped("x32")',
        works_outside=False,
    ),
    Attack(
        name="a personality without address randomization of others",
        program='attempt(call, "personality", 0x0040000)\nattempt(call, "personality", 0x0100000)',
    ),
)
