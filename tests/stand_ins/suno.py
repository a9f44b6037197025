"""Speaks like sunoapi.org: tasks that go through its statuses, one at each look; uploads; recordings."""

from collections.abc import Sequence
from urllib.parse import parse_qs

from tests.sandbox.internet import answer
from tests.stand_ins.web_server import Asked, WebServer, as_json

SITE = "http://suno.test:8001"
KEY = "suno-key"
RECORDING = b"ID3" + bytes(2000)


class Suno(WebServer):
    """`statuses` are what a task goes through, the last one stays; `refuse` answers the next start instead."""

    def __init__(self, statuses: Sequence[str] = ("SUCCESS",)) -> None:
        super().__init__()
        self.statuses = list(statuses)
        self.refuse: dict[str, object] | None = None
        self.fetchable = True
        self.tasks: dict[str, int] = {}
        self.routes = {
            ("POST", "/api/v1/generate"): self._start,
            ("POST", "/api/v1/generate/upload-cover"): self._start,
            ("GET", "/api/v1/generate/record-info"): self._look,
            ("POST", "/api/file-base64-upload"): lambda asked: self._ok({"downloadUrl": f"{SITE}/uploaded.mp3"}),
            ("GET", "/1.mp3"): self._recording,
            ("GET", "/2.mp3"): self._recording,
        }

    def _ok(self, data: object) -> bytes:
        return as_json({"code": 200, "msg": "success", "data": data})

    def _start(self, asked: Asked) -> bytes:
        if asked.headers.get("authorization") != f"Bearer {KEY}":
            return as_json({"code": 401, "msg": "You do not have access permissions"})
        if self.refuse is not None:
            return as_json(self.refuse)
        task = f"task-{len(self.tasks) + 1}"
        self.tasks[task] = 0
        return self._ok({"taskId": task})

    def _look(self, asked: Asked) -> bytes:
        task = parse_qs(asked.query)["taskId"][0]
        seen = self.tasks[task]
        self.tasks[task] += 1
        status = self.statuses[min(seen, len(self.statuses) - 1)]
        count = {"SUCCESS": 2, "FIRST_SUCCESS": 1}.get(status, 0)
        tracks = [{"id": str(n), "audioUrl": f"{SITE}/{n}.mp3", "title": "Rain", "duration": 12.0 + n} for n in (1, 2)]
        error = "no violence" if status == "SENSITIVE_WORD_ERROR" else None
        return self._ok({"status": status, "response": {"sunoData": tracks[:count]}, "errorMessage": error})

    def _recording(self, asked: Asked) -> bytes:
        if not self.fetchable:
            return answer(b"soon", status="404 Not Found")
        return answer(RECORDING, kind="audio/mpeg")
