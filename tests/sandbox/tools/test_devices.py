"""Cameras and accelerators, before stand-ins that speak their wires."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from sandbox.egress.web import Web
from sandbox.equipment import Equipment, Place
from sandbox.errors import ToolFailed
from sandbox.tool import Tool, ToolContext
from sandbox.tools.devices.camera_tools import camera_capture, camera_detect, camera_list, camera_timelapse
from sandbox.tools.devices.frames import first_part, frame
from sandbox.tools.devices.hailo_tools import hailo_benchmark, hailo_classify, hailo_detect
from tests.sandbox.internet import PUBLIC, Internet
from tests.sandbox.memory_files import MemoryFiles
from tests.stand_ins.camera import PICTURE, Camera
from tests.stand_ins.everything import CAMERA, HAILO
from tests.stand_ins.vision import Vision


@dataclass
class Room:
    """A camera and an accelerator, and somebody there."""

    context: ToolContext
    files: MemoryFiles
    camera: Camera
    vision: Vision


@pytest.fixture
async def room(context: ToolContext, files: MemoryFiles) -> AsyncGenerator[Room]:
    """Where both are set up."""
    camera, vision = Camera(), Vision()
    async with Internet() as internet:
        for name, serve, port in (("camera.test", camera.serve, 8002), ("vision.test", vision.serve, 8003)):
            internet.name(name, [PUBLIC])
            await internet.serve(serve, port=port)
        equipment = Equipment(places={"camera": CAMERA, "hailo": HAILO})
        yield Room(replace(context, web=Web(guard=internet.guard()), equipment=equipment), files, camera, vision)


async def ask(tool: Tool, context: ToolContext, **arguments: Any) -> Any:
    return await tool.run(context, arguments)


@pytest.mark.parametrize("camera", [0, 1])
async def test_a_snapshot_and_a_stream_give_the_same_picture(room: Room, camera: int):
    assert await frame(room.context, camera) == PICTURE


async def test_a_stream_whose_parts_say_no_length_is_read_to_the_next_boundary(room: Room):
    room.camera.states_length = False
    assert await frame(room.context, 1) == PICTURE


def test_a_part_that_is_not_whole_is_waited_for():
    whole = b"--frame\r\nContent-Length: 4\r\n\r\nabcd"
    assert [first_part(whole[:end]) for end in (5, len(whole) - 1, len(whole))] == [None, None, b"abcd"]
    assert first_part(b"--f\r\n\r\nabcd\r\n--f\r\n") == b"abcd"


async def test_a_picture_is_kept_no_larger_than_asked(room: Room):
    told = await ask(camera_capture, room.context, filename="front door.png", width=48, height=48)
    assert (told["path"], told["resolution"]) == ("captures/front_door.jpg", "48x32")
    assert room.files.contents["captures/front_door.jpg"].startswith(b"\xff\xd8")


async def test_what_is_no_picture_is_not_kept(room: Room):
    room.camera.sends = b"<html>please log in</html>"
    with pytest.raises(ToolFailed, match="no picture that can be read"):
        await ask(camera_capture, room.context, filename="door")
    assert room.files.contents == {}


async def test_a_camera_that_does_not_know_us_or_is_not_there_is_told(room: Room):
    with pytest.raises(ToolFailed, match="There is no camera 2; there are 2, from 0"):
        await frame(room.context, 2)
    places = {"camera": Place(where=f"{CAMERA.where} http://camera.test:9", key="wrong")}
    stranger = replace(room.context, equipment=Equipment(places={"camera": places["camera"]}))
    with pytest.raises(ToolFailed, match="status 401"):
        await frame(stranger, 0)
    assert [each["available"] for each in (await ask(camera_list, stranger))["cameras"]] == [False, False, False]


async def test_a_timelapse_goes_on_over_a_picture_that_fails(room: Room):
    told = await ask(camera_timelapse, room.context, interval_seconds=1, duration_minutes=0.02)
    assert (told["total_captures"], told["missed"]) == (2, 0)
    room.camera.sends = b"no"
    with pytest.raises(ToolFailed, match="no picture all that time"):
        await ask(camera_timelapse, room.context, interval_seconds=1, duration_minutes=0.01)


async def test_what_is_found_in_a_capture_is_marked(room: Room):
    told = await ask(camera_detect, room.context, filename="door")
    assert [each["label"] for each in told["detection"]["detections"]] == ["cat"], "the dog was too unsure"
    assert told["detection"]["output_file"] == "captures/door_detected.jpg"
    assert room.files.contents["captures/door_detected.jpg"] != room.files.contents["captures/door.jpg"]
    sent = room.vision.asked[-1]
    assert (sent.path, b'name="min_confidence"\r\n\r\n0.5' in sent.body) == ("/v1/vision/custom/yolov8s", True)
    assert room.files.contents["captures/door.jpg"] in sent.body


async def test_the_best_classes_come_first(room: Room):
    room.files.contents["a.jpg"] = PICTURE
    told = await ask(hailo_classify, room.context, image_path="./a.jpg", top_k=2)
    assert [each["label"] for each in told["classes"]] == ["tabby", "fox"]


async def test_a_refusal_of_the_server_is_told(room: Room):
    room.files.contents["a.jpg"] = PICTURE
    room.vision.refuses = "model not loaded"
    with pytest.raises(ToolFailed, match="model not loaded"):
        await ask(hailo_detect, room.context, image_path="a.jpg")


async def test_a_benchmark_counts_runs(room: Room):
    told = await ask(hailo_benchmark, room.context, duration=1)
    assert told["runs"] == len(room.vision.asked) > 1
    assert told["latency_ms"] == 7.0


async def test_detecting_needs_both(room: Room):
    only = replace(room.context, equipment=Equipment(places={"camera": CAMERA}))
    with pytest.raises(ToolFailed, match=r"not available here\. The operator has to set APEX_HAILO_URL"):
        await ask(camera_detect, only)
