"""Where the file goes that a tool makes of another: where it was told, or beside it."""

from collections.abc import Set
from typing import Annotated

from pydantic import Field

from sandbox.errors import ToolFailed
from sandbox.files import LONGEST_PATH, plain

Path = Annotated[str, Field(min_length=1, max_length=LONGEST_PATH)]
MaybePath = Annotated[str, Field(max_length=LONGEST_PATH)]


def output_for(source: str, output_path: str, suffix: str, *, written: Set[str], otherwise: str) -> str:
    """The path of the result; its name ends as the source's does if that is written, or `otherwise`.

    Raises ToolFailed for the source itself: run twice, the change would happen twice.
    """
    folder, slash, file = source.rpartition("/")
    name, _, ending = file.rpartition(".")
    ending = ending if name and ending.lower() in written else otherwise
    output = plain(output_path) or f"{folder}{slash}{name or file}_{suffix}.{ending}"
    if output == source:
        raise ToolFailed("The result needs another name than what it is made of; move it over that afterwards.")
    return output
