"""What speaks like Together and like Replicate. Jobs go on by one status at each look."""

from collections.abc import Sequence

from tests.stand_ins.web_server import Asked, WebServer, as_json

TOGETHER, REPLICATE = "http://together.test:8004", "http://replicate.test:8005"
KEY = "training-key"


class Together(WebServer):
    """`statuses` are what a job goes through, the last one stays."""

    def __init__(self, statuses: Sequence[str] = ("completed",)) -> None:
        super().__init__(KEY)
        self.statuses = list(statuses)
        self.jobs = 0
        self.routes = {
            ("POST", "/v1/files/upload"): lambda asked: as_json({"id": "file-1", "purpose": "fine-tune"}),
            ("POST", "/v1/fine-tunes"): self._start,
            ("POST", "/v1/fine-tunes/*"): lambda asked: as_json({"id": "ft-1", "status": "cancel_requested"}),
            ("GET", "/v1/fine-tunes/*"): self._look,
        }

    def _start(self, asked: Asked) -> bytes:
        self.jobs += 1
        return as_json({"id": f"ft-{self.jobs}", "status": "pending"})

    def _look(self, asked: Asked) -> bytes:
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        return as_json({"id": "ft-1", "status": status, "model_output_name": "acct/turner"})


class Replicate(WebServer):
    """`statuses` are what a training goes through, the last one stays."""

    def __init__(self, statuses: Sequence[str] = ("succeeded",)) -> None:
        super().__init__(KEY)
        self.statuses = list(statuses)
        file = {"id": "f", "urls": {"get": f"{REPLICATE}/v1/files/f"}}
        self.routes = {
            ("POST", "/v1/files"): lambda asked: as_json(file, "201 Created"),
            ("POST", "/v1/models/*"): lambda asked: as_json({"id": "zz4", "status": "starting"}, "201 Created"),
            ("POST", "/v1/trainings/*"): lambda asked: as_json({"id": "zz4", "status": "canceled"}),
            ("GET", "/v1/trainings/*"): self._look,
        }

    def _look(self, asked: Asked) -> bytes:
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        output = {"version": "me/turner:abc"} if status == "succeeded" else None
        return as_json({"id": "zz4", "status": status, "output": output, "error": "no memory"})
