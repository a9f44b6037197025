"""Attacks that look: for files, secrets, processes and traces of others."""

from tests.sandbox.jail.attacks.attack import Attack

LOOKING = (
    Attack(name="a file of the machine", program='attempt(reads, OUT["file"])'),
    Attack(
        name="a file through the root of process 1",
        program='attempt(reads, "/proc/1/root" + OUT["file"])',
        works_outside=False,
    ),
    Attack(name="a file through our own root", program='attempt(reads, "/proc/self/root/.." + OUT["file"])'),
    Attack(name="a file by many steps up", program='attempt(reads, "../" * 40 + OUT["file"])'),
    Attack(name="a file through a link", program='os.symlink(OUT["file"], "link"); attempt(reads, "link")'),
    Attack(
        name="a file through the working folders of others",
        program='for cwd in glob.glob("/proc/[0-9]*/cwd"): attempt(reads, cwd + "/" + "../" * 40 + OUT["file"])',
    ),
    Attack(name="another person's workspace", program='attempt(os.listdir, OUT["workspace"])'),
    Attack(
        name="the machine's passwords",
        program='if os.path.exists("/etc/shadow") or "daemon" in open("/etc/passwd").read(): escaped("/etc")',
    ),
    Attack(
        name="folders that a jail does not have",
        program='for path in ("/home", "/root", "/var", "/srv", "/mnt", "/boot", "/sys"):\n'
        "    if os.path.exists(path): escaped(path)",
    ),
    Attack(name="our own code", program='sys.path.insert(0, OUT["root"])\nattempt(__import__, "sandbox.jail.cell")'),
    Attack(
        name="Ray's code",
        program='sys.path += [OUT["packages"]]\nimport importlib.util\n'
        'if importlib.util.find_spec("ray"): escaped("ray")',
    ),
    Attack(
        name="a secret in the environment", program='if OUT["secret"] in os.environ.values(): escaped("environment")'
    ),
    Attack(
        name="a secret in anybody's environment",
        program='for path in glob.glob("/proc/[0-9]*/environ"): attempt(reads, path)',
    ),
    Attack(
        name="command lines of others",
        program='for path in glob.glob("/proc/[0-9]*/cmdline"):\n    with contextlib.suppress(OSError):\n'
        '        if OUT["mark"].encode() in open(path, "rb").read(): escaped(path)',
    ),
    Attack(
        name="processes of the machine",
        program='if len(glob.glob("/proc/[0-9]*")) > 4: escaped(len(glob.glob("/proc/[0-9]*")))',
    ),
    Attack(
        name="descriptors that were left open",
        program='for name in os.listdir("/proc/self/fd"):\n    with contextlib.suppress(OSError):\n'
        '        if int(name) > 2 and os.path.exists(os.readlink(f"/proc/self/fd/{name}")) and not '
        'os.readlink(f"/proc/self/fd/{name}").startswith("/proc"): escaped(os.readlink(f"/proc/self/fd/{name}"))',
        works_outside=False,
    ),
    Attack(
        name="the memory of the init",
        program='with contextlib.suppress(OSError):\n    for line in open("/proc/1/maps"):\n'
        '        low, high = (int(part, 16) for part in line.split()[0].split("-"))\n'
        "        with contextlib.suppress(OSError, ValueError, OverflowError):\n"
        '            memory = os.open("/proc/1/mem", os.O_RDONLY)\n'
        '            if OUT["secret"].encode() in os.pread(memory, min(high - low, 1 << 22), low): escaped("memory")\n',
        works_outside=False,
    ),
    Attack(
        name="secrets in our own memory",
        program='marker = OUT["secret"][:16].encode() + OUT["secret"][16:].encode()\nfound = 0\n'
        'del OUT\nfor path in ("/proc/self/environ", "/proc/1/environ"):\n    with contextlib.suppress(OSError):\n'
        '        if marker in open(path, "rb").read(): escaped(path)',
    ),
    Attack(
        name="devices with the machine's disks and memory",
        program='for name in os.listdir("/dev"):\n    kind = os.lstat("/dev/" + name).st_mode\n'
        '    if stat.S_ISBLK(kind) or name in ("mem", "kmem", "port", "kvm", "vsock", "fuse"): escaped(name)',
        works_outside=False,
    ),
    Attack(
        name="the kernel's log and symbols",
        program='for path in ("/proc/kallsyms", "/proc/kmsg", "/proc/kcore", "/proc/keys", "/proc/config.gz", '
        '"/proc/timer_list", "/proc/vmallocinfo"):\n    with contextlib.suppress(OSError):\n'
        "        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)\n        if os.read(handle, 1): escaped(path)",
    ),
    Attack(
        name="mounts of the machine",
        program='for line in open("/proc/self/mounts"):\n'
        '    if line.split()[1] in ("/boot", "/sys", "/sys/fs/cgroup", "/home", "/var", "/host", "/dev/pts/host"): '
        "escaped(line)",
    ),
    Attack(name="the machine's name", program='if socket.gethostname() != "sandbox": escaped(socket.gethostname())'),
    Attack(
        name="users of the machine",
        program='import pwd\nif {entry.pw_name for entry in pwd.getpwall()} - {"root", "user"}: escaped("users")',
    ),
)
