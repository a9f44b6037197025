"""The scripted model's JSON keeps to whatever schema it is given."""

import orjson
import pytest

from cluster.models.catalogue import SCRIPTED
from cluster.models.chat_model import ModelMessage, ModelRequest, StepDone
from cluster.models.filled import filled
from cluster.models.scripted import ScriptedChatModel

SCHEMA = {
    "type": "object",
    "properties": {
        "vote": {"type": "string", "enum": ["tea", "coffee"]},
        "why": {"type": "string"},
        "sure": {"type": "number"},
        "new": {"type": "array", "items": {"type": "string"}},
        "ok": {"type": "boolean"},
    },
}


def test_each_field_is_of_its_type():
    value = filled(SCHEMA, "somebody")
    assert value["vote"] in ("tea", "coffee")
    assert (value["sure"], value["new"], value["ok"], type(value["why"])) == (0.5, [], True, str)


def test_askers_differ_and_runs_do_not():
    votes = [filled(SCHEMA, str(n))["vote"] for n in range(20)]
    assert set(votes) == {"tea", "coffee"}
    assert votes == [filled(SCHEMA, str(n))["vote"] for n in range(20)]


@pytest.mark.parametrize("system", ["You are Ann.", "Give a title."])
async def test_the_scripted_model_answers_by_the_schema(system: str):
    request = ModelRequest(
        model="scripted",
        system=system,
        messages=[ModelMessage(role="user", content=[{"type": "text", "text": "Tea?"}])],
        answer_schema=SCHEMA,
    )
    events = [event async for event in ScriptedChatModel(SCRIPTED, tokens_per_second=100_000).stream(request)]
    last = events[-1]
    assert isinstance(last, StepDone)
    assert orjson.loads(last.blocks[0]["text"]) == filled(SCHEMA, system)
