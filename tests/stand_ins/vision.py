"""A vision server that speaks like CodeProject.AI, with a pose model that names body points."""

from tests.stand_ins.web_server import Asked, WebServer, as_json

SITE = "http://vision.test:8003"
SEES = {
    "yolov": [
        {"label": "dog", "confidence": 0.3, "x_min": 0, "y_min": 0, "x_max": 9, "y_max": 9},
        {"label": "cat", "confidence": 0.9, "x_min": 1, "y_min": 2, "x_max": 30, "y_max": 40},
    ],
    "resnet50": [{"label": "fox", "confidence": 0.2}, {"label": "tabby", "confidence": 0.7}],
    "pose": [
        {
            **{"label": "person", "confidence": 0.9, "x_min": 1, "y_min": 2, "x_max": 30, "y_max": 40},
            "keypoints": [{"name": "nose", "x": 5, "y": 6, "confidence": 0.8}],
        }
    ],
}


class Vision(WebServer):
    """`refuses` is what it says instead of predicting."""

    def __init__(self) -> None:
        super().__init__()
        self.refuses: str | None = None
        self.routes = {
            ("GET", "/v1/server/status/ping"): lambda asked: as_json(
                {"success": True, "device": "Hailo-10H", "firmware": "5.1.0"}
            ),
            ("POST", "/v1/vision/custom/list"): lambda asked: as_json(
                {"success": True, "models": ["resnet50", "yolov11m", "yolov8m_pose"]}
            ),
            ("POST", "/v1/vision/custom/*"): self._predict,
        }

    def _predict(self, asked: Asked) -> bytes:
        if self.refuses is not None:
            return as_json({"success": False, "error": self.refuses})
        model = asked.path.rpartition("/")[2]
        kind = "pose" if model.endswith("pose") else model if model in SEES else "yolov"
        return as_json({"success": True, "predictions": SEES[kind], "inferenceMs": 7})
