"""The client stands alone, says what the server says, and its two halves are one."""

import ast
import subprocess
import sys
import zipfile
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

import make_synchronous
from apexaurum.shapes import accounts, agents, chat, councils, files, swarms, tools, village
from serve import agents_wire, councils_wire, files_wire, knowledge_wire, swarms_wire, tools_wire, village_wire, wire

SDK = Path(__file__).parents[2] / "serve" / "sdk"
SAME: list[tuple[type[Any], type[BaseModel]]] = [
    (accounts.User, wire.User),
    (accounts.SignedIn, wire.Tokens),
    (accounts.Model, wire.Model),
    (accounts.Models, wire.Models),
    (chat.TurnError, wire.TurnError),
    (chat.ToolCall, wire.ToolCall),
    (chat.ToolResult, wire.ToolResult),
    (chat.Reply, wire.MessageAnswer),
    (chat.Message, wire.Message),
    (chat.Conversation, wire.Conversation),
    (chat.ConversationDetail, wire.ConversationDetail),
    (chat.Approval, wire.Approval),
    (tools.ToolFacts, tools_wire.ToolFacts),
    (tools.ToolSchema, tools_wire.ToolSchema),
    (tools.ToolRun, tools_wire.ToolRun),
    (tools.KeptToolRun, tools_wire.KeptToolRun),
    (files.File, files_wire.FileEntry),
    (files.FileMatch, files_wire.FileMatch),
    (files.FileUpload, files_wire.FileUpload),
    (files.FileUsage, files_wire.FileUsage),
    (village.Knowledge, knowledge_wire.Knowledge),
    (village.ListedKnowledge, knowledge_wire.ListedKnowledge),
    (village.Hit, knowledge_wire.KnowledgeHit),
    (village.Why, knowledge_wire.WhyFound),
    (village.Realm, village_wire.Realm),
    (agents.Allowance, agents_wire.Allowance),
    (agents.Budget, agents_wire.Budget),
    (agents.AgentState, agents_wire.Agent),
    (agents.AgentView, agents_wire.AgentView),
    (agents.AgentResult, agents_wire.AgentResult),
    (swarms.SwarmState, swarms_wire.Swarm),
    (swarms.SwarmItem, swarms_wire.SwarmItem),
    (councils.NewMember, councils_wire.NewMember),
    (councils.Member, councils_wire.Member),
    (councils.Review, councils_wire.Review),
    (councils.CouncilAnswer, councils_wire.CouncilAnswer),
    (councils.Tally, councils_wire.Tally),
    (councils.Round, councils_wire.Round),
    (councils.MinorityVoice, councils_wire.MinorityVoice),
    (councils.Outcome, councils_wire.Outcome),
    (councils.Remark, councils_wire.Remark),
    (councils.CouncilState, councils_wire.Council),
    (councils.CouncilListed, councils_wire.CouncilListed),
    (councils.OneShotAnswer, councils_wire.OneShotAnswer),
]
LEFT_OUT = {
    "Conversation": {"leaf_id"},
    "ConversationDetail": {"turns", "approvals", "seq"},
    "Message": {"attachments", "siblings"},
    "Approval": {"turn_id", "message_id", "call_id", "created_at", "answered_at"},
    "Reply": {"messages"},
    "SignedIn": {"token_type", "user"},
    "FileUsage": {"kept_bytes", "most_kept_bytes", "kept_days"},
    "KeptToolRun": {"arguments_sha256", "limits"},
    "Realm": {"owner_id", "embedding_model", "threshold"},
}
"""What the client does not show."""
MORE_LEFT_OUT = {
    *("thread_id", "related_agents", "source", "conversation_id", "turn_id", "related", "external_id", "valid_from"),
    *("access_count", "last_accessed_at"),
}
"""Of knowledge."""


@pytest.mark.parametrize(("shape", "there"), SAME, ids=lambda each: each.__name__)
def test_shapes_have_the_fields_that_the_server_sends(shape: type[Any], there: type[BaseModel]):
    left_out = MORE_LEFT_OUT if issubclass(shape, village.Knowledge) else LEFT_OUT.get(shape.__name__, set())
    assert {each.name for each in fields(shape)} == set(there.model_fields) - left_out


def test_the_blocking_client_is_made_of_the_other():
    for path, text in make_synchronous.modules().items():
        assert path.read_text() == text, f"{path.name} is old: run python serve/sdk/make_synchronous.py"


def test_it_imports_nothing_but_its_two_dependencies():
    allowed = {*sys.stdlib_module_names, "httpx", "websockets", "apexaurum"}
    for path in (SDK / "apexaurum").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert {name.split(".")[0] for name in names} <= allowed, path


@pytest.mark.parametrize(("where", "name"), [(SDK, "apexaurum/"), (SDK.parents[1], "serve/")], ids=["client", "server"])
def test_each_wheel_has_what_is_its_own(where: Path, name: str, tmp_path: Path):
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    built = subprocess.run(command, cwd=where, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        names = wheel.namelist()
        metadata = wheel.read(next(each for each in names if each.endswith("METADATA"))).decode()
    assert any(each.startswith(name) for each in names)
    if where == SDK:
        assert {each.split("/")[0].split("-")[0] for each in names} == {"apexaurum"}
        assert "apexaurum/py.typed" in names
        needed = [line.split()[1] for line in metadata.splitlines() if line.startswith("Requires-Dist")]
        assert [each.split(">")[0] for each in needed] == ["httpx", "websockets"]
    else:
        assert [each for each in names if "sdk" in each] == []
