"""Turns a document into passages: parsed in a jail, since strangers write documents; pages and headings kept."""

from collections.abc import Sequence

from cluster.errors import Invalid, TooLarge
from cluster.ids import UserId
from sandbox.errors import ToolFailed
from sandbox.files import plain
from sandbox.jail.limits import Limits
from sandbox.jailed import made_by, run_of
from sandbox.runner import Runner
from village.datasets.passages import Passage, passages_of

MAX_BYTES = 32 * 1024 * 1024
"""The largest document."""
SECONDS = 120.0
"""How long a document may take to be read; a page of PDF takes about a twentieth of a second."""
LIMITS = Limits(wall_seconds=SECONDS, cpu_seconds=int(SECONDS))
MARKED = ("docx", "html", "markdown")
"""Formats whose headings are known."""


async def read(runner: Runner, user: UserId, name: str, content: bytes) -> Sequence[Passage]:
    """The passages of a PDF, Word, HTML, Markdown or text file; its name's ending says which, if its bytes don't.

    Raises TooLarge, and Invalid for what cannot be read, in words that hold none of the document's.
    """
    check_size(len(content))
    path = plain(name) or "document"
    made = f"{path}.extracted"
    run = run_of("document_pages.extract", {"path": path, "to": made}, {path: content}, LIMITS)
    try:
        told, files = made_by(await runner.run(run, user), LIMITS)
    except ToolFailed as error:
        raise Invalid(str(error)) from error
    return in_passages(files[made].decode(errors="replace"), headings=told["format"] in MARKED)


def in_passages(text: str, *, headings: bool = False) -> Sequence[Passage]:
    """The passages of a text. Raises Invalid where there are none."""
    if "\x00" in text:
        raise Invalid("This is no text: it holds U+0000.")
    passages = passages_of(text, headings=headings)
    if not passages:
        raise Invalid("There is no text in it.")
    return passages


def check_size(size: int) -> None:
    """Raises TooLarge, before a document is fetched that is."""
    if size > MAX_BYTES:
        raise TooLarge(f"A document may have {MAX_BYTES // 1024**2} MiB; this one is larger.")
