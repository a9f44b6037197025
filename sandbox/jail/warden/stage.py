"""Lays out what a jail is made of, in a mount namespace of the warden's own: all of it vanishes with the warden.

As root this takes no more. An ordinary user first makes a user namespace, in which he may mount.
"""

import os

from sandbox.jail.plan import STAGE, Plan, Room
from sandbox.jail.warden import kernel

STAGE_ROOM = "size=2m,mode=0755"


def enter_own_namespace() -> None:
    """Leave the machine's mount namespace, so that nothing mounted from now on is seen outside or outlives us."""
    user, group = os.geteuid(), os.getegid()
    if user == 0:
        kernel.unshare(kernel.NEW_NAMESPACE)
    else:
        kernel.unshare(kernel.NEW_USER | kernel.NEW_NAMESPACE)
        _write("/proc/self/setgroups", "deny")
        _write("/proc/self/uid_map", f"0 {user} 1")
        _write("/proc/self/gid_map", f"0 {group} 1")
    kernel.mount("none", "/", flags=kernel.RECURSIVE | kernel.PRIVATE)


def build(plan: Plan, owner: int) -> None:
    """Mount and write everything below the stage. The rooms belong to `owner`, a user as this process sees them."""
    handles = {target: os.open(source, os.O_PATH | os.O_CLOEXEC) for source, target in plan.binds}
    with open(plan.inside, "rb") as file:
        inside = file.read()
    _mount_room(STAGE, f"{STAGE_ROOM},nr_inodes=4096")
    for target, handle in handles.items():
        _show(handle, f"{STAGE}/{target}")
    for name, text in plan.etc.items():
        write(f"etc/{name}", text.encode())
    write("run/inside.py", inside)
    for room in plan.rooms:
        _add(room, owner)


def write(name: str, content: bytes) -> None:
    """A file below the stage that the jail may only read."""
    path = f"{STAGE}/{name}"
    os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
    with open(path, "wb") as file:
        file.write(content)
    os.chmod(path, 0o644)


def _show(handle: int, target: str) -> None:
    """Bind what this handle names. It was opened before the stage hid whatever lay beneath."""
    source = f"/proc/self/fd/{handle}"
    os.makedirs(os.path.dirname(target), mode=0o755, exist_ok=True)
    if os.path.isdir(source):
        os.makedirs(target, mode=0o755, exist_ok=True)
    else:
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT, 0o755))
    kernel.mount(source, target, flags=kernel.BIND | kernel.RECURSIVE)
    os.close(handle)


def _add(room: Room, owner: int) -> None:
    path = f"{STAGE}/{room.name}"
    os.mkdir(path, 0o755)
    _mount_room(path, f"size={room.size},nr_inodes={room.inodes},mode=0700,uid={owner},gid={owner}")


def _mount_room(path: str, options: str) -> None:
    kernel.mount("tmpfs", path, "tmpfs", kernel.NOSUID | kernel.NODEV, options)


def _write(path: str, text: str) -> None:
    with open(path, "w") as file:
        file.write(text)
