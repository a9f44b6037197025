"""The JSON shapes of datasets: collections of documents that are searched by meaning and by words."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from serve.wire import Answer, Command
from village.datasets.tools import MOST_RESULTS, Name, Path, Query


class MakeDataset(Command):
    """Make a dataset, or describe one anew."""

    name: Name
    description: Annotated[str, Field(max_length=2000)] = ""
    tags: Annotated[list[Annotated[str, Field(max_length=50)]], Field(max_length=20, default_factory=list)]


class MadeDataset(Answer):
    name: str
    created: bool
    """False: it was there, and is described anew."""


class Dataset(Answer):
    """A collection of documents."""

    name: str
    description: str
    tags: list[str]
    passages: int
    vectors: int
    """Passages that are found by meaning; the others, until they have a vector, by words alone."""
    created_at: datetime


class Datasets(Answer):
    datasets: list[Dataset]
    """By name."""
    model: str
    """What says which passages mean the same."""


class AddSource(Command):
    """Add a file of the workspace to a dataset."""

    path: Path
    source: Path | None = None
    """What results call it; the path when left out."""


class AddedSource(Answer):
    source: str
    pages: int | None
    """The last page with text; null where there are no pages."""
    passages: int
    replaced: int
    """Passages of the same source that were there before."""


class DatasetSource(Answer):
    """A document in a dataset."""

    source: str
    pages: int | None
    """The last page with text; null where there are no pages."""
    passages: int
    vectors: int
    """Passages that are found by meaning, too."""


class DatasetSources(Answer):
    sources: list[DatasetSource]
    """By name."""


class AskDataset(Command):
    """What to find."""

    query: Query
    limit: Annotated[int, Field(ge=1, le=MOST_RESULTS)] = 5


class DatasetHit(Answer):
    """A passage that was found."""

    text: str
    source: str
    page: int | None
    heading: str | None
    place: int
    """The passage's number within its source, from 1."""
    distance: float
    """From 0 to 1; what is near in meaning or in words is near. The order counts both."""
    found_by: list[Literal["meaning", "words"]]


class DatasetHits(Answer):
    hits: list[DatasetHit]
    """Best first."""
    model: str
    """Whose vectors answered; `words` where none did."""
