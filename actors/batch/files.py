"""Tasks as JSON Lines, results as one JSON file each: in a folder or on S3, whichever the address says."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, cast

import fsspec
import orjson

from actors.batch.errors import BadInput

MOST_BYTES = 1 << 30
MOST_LINES = 100_000


@dataclass(frozen=True, kw_only=True)
class Task:
    """One line. `key` stands for it in this batch and in no other."""

    n: int
    key: str
    facts: Mapping[str, Any]


def read_tasks(source: str, results: "Results") -> list[Task]:
    """The tasks of a file; empty lines are none. Raises BadInput, which says where."""
    fs, path = _place(source)
    try:
        if fs.size(path) > MOST_BYTES:
            raise BadInput(f"{source} is larger than {MOST_BYTES >> 20} MiB")
        lines = cast("bytes", fs.cat_file(path)).splitlines()
    except FileNotFoundError as error:
        raise BadInput(f"there is no file {source}") from error
    tasks = [_task(n, line, results) for n, line in enumerate(lines, 1) if line.strip()]
    if len(tasks) > MOST_LINES:
        raise BadInput(f"{source} has more than {MOST_LINES:,} lines")
    return tasks


class Results:
    """The folder that results are written to."""

    def __init__(self, folder: str) -> None:
        self._fs, path = _place(folder)
        self._root = path.rstrip("/")
        self.name = self._fs.unstrip_protocol(self._root)

    def done(self) -> dict[str, dict[str, Any]]:
        """The results that are there, by their tasks' keys."""
        folder = f"{self._root}/items"
        try:
            names = cast("list[str]", self._fs.ls(folder, detail=False))
        except FileNotFoundError:
            return {}
        held = [_json(self._fs.cat_file(name)) for name in sorted(names) if name.endswith(".json")]
        return {each["key"]: each for each in held if each is not None and "key" in each}

    def keep(self, task: Task, result: Mapping[str, Any]) -> None:
        """Write a result: all of it, or nothing."""
        self.write(f"items/{task.n:06}.json", orjson.dumps(result, option=orjson.OPT_INDENT_2, default=str))

    def write(self, name: str, data: bytes) -> None:
        """Write a file of the folder."""
        path = f"{self._root}/{name}"
        self._fs.makedirs(path.rpartition("/")[0], exist_ok=True)
        if "file" not in self._fs.protocol:  # an object is there when all of it is
            self._fs.pipe_file(path, data)
            return
        self._fs.pipe_file(f"{path}.part", data)
        os.replace(f"{path}.part", path)


def _task(n: int, line: bytes, results: Results) -> Task:
    facts = _json(line)
    if facts is None:
        raise BadInput(f"line {n} is not a JSON object")
    key = sha256(f"{results.name}\n{n}\n".encode() + line.strip()).hexdigest()[:48]
    return Task(n=n, key=f"batch-{key}", facts=facts)


def _json(data: bytes) -> dict[str, Any] | None:
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError:
        return None
    return cast("dict[str, Any]", value) if isinstance(value, dict) else None


def _place(url: str) -> tuple[Any, str]:
    url_to_fs = cast("Callable[[str], tuple[Any, str]]", fsspec.core.url_to_fs)  # pyright: ignore[reportUnknownMemberType]
    return url_to_fs(url)
