"""Talks with an agent: one message, or one after the other."""

import argparse
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from apexaurum.cli.commands import note, opened
from apexaurum.decoding import decode
from apexaurum.errors import Conflict
from apexaurum.events import Event
from apexaurum.shapes.chat import Approval, Reply
from apexaurum.synchronous.chat import Answer
from apexaurum.synchronous.client import Apex

if TYPE_CHECKING:
    from apexaurum.cli.commands import Commands


def add_to(commands: "Commands") -> None:
    """Say what it takes."""
    parser = commands.add_parser("chat", help="talk with an agent")
    parser.add_argument("message", nargs="?", help="what to say; without it, lines are read until there are no more")
    parser.add_argument("--conversation", metavar="ID", help="go on with this one")
    parser.add_argument("--model", help="which model answers")
    parser.add_argument("--agent", help="which of your agents answers")
    parser.add_argument("--no-tools", action="store_true", help="without tools")
    parser.set_defaults(run=run)


def run(told: argparse.Namespace) -> int:
    """Say it, and write the answer as it comes."""
    conversation: str | None = told.conversation
    failed = False
    with opened(told) as apex:
        for message in [told.message] if told.message else _lines():
            answer = apex.chat.say(
                message, conversation=conversation, model=told.model, agent=told.agent, tools=not told.no_tools
            )
            reply = _told(apex, answer)
            conversation = reply.conversation_id
            failed = reply.status == "failed"
    note(f"conversation {conversation}")
    return 1 if failed else 0


def _told(apex: Apex, answer: Answer) -> Reply:
    said = 0
    for event in answer.events():
        if event.type == "approval_requested":
            _ask(apex, event)
        elif event.type == "tool_start":
            note(f"[{event.data['tool']}]")
        elif len(answer.content) > said:
            sys.stdout.write(answer.content[said:])
            sys.stdout.flush()
            said = len(answer.content)
        elif len(answer.content) < said:
            note("\n[said anew:]")
            sys.stdout.write(answer.content)
            said = len(answer.content)
    reply = answer.reply()
    sys.stdout.write(f"{reply.content[said:]}\n")
    if reply.error is not None:
        note(f"{reply.status}: {reply.error}")
    return reply


def _ask(apex: Apex, event: Event) -> None:
    """Let the person decide. Where nobody is at the keyboard, the answer is no."""
    approval = decode(Approval, event.data["approval"])
    note(f"\n{approval.tool} {approval.arguments} wants to run ({approval.reason}).")
    sys.stderr.write("Let it? [y/N] ")
    sys.stderr.flush()
    yes = sys.stdin.isatty() and sys.stdin.readline().strip().lower() in ("y", "yes")
    try:
        apex.chat.approve(approval.id, yes)
    except Conflict:
        note("It has its answer already.")


def _lines() -> Iterator[str]:
    at_keyboard = sys.stdin.isatty()
    while True:
        if at_keyboard:
            sys.stderr.write("> ")
            sys.stderr.flush()
        line = sys.stdin.readline()
        if not line:
            return
        if line.strip():
            yield line.rstrip("\n")
