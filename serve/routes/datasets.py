"""A person's datasets: made, filled with documents, searched, deleted."""

from typing import Annotated

from fastapi import APIRouter, Depends, File, Query, Request, UploadFile
from starlette.requests import HTTPConnection

from cluster.ids import UserId
from sandbox.files import plain
from sandbox.pool import ProcessRunner
from sandbox.runner import Runner
from serve import datasets_wire as wire
from serve.file_kinds import clean_name
from serve.guards import CurrentUser, OpenServices, TheLimits, inline, note_allowance, services_of, within
from serve.limits import DATASET_SEARCHES, UPLOAD
from village.datasets.errors import DatasetMissing
from village.datasets.library import Hit, Library
from village.datasets.reading import check_size, read
from village.datasets.tools import Path
from village.workspace.workspace import Workspace

router = APIRouter(prefix="/datasets", tags=["datasets"], dependencies=[within("village")])


async def library_of(user: CurrentUser, conn: HTTPConnection) -> Library:
    """The signed-in user's datasets."""
    services = services_of(conn)
    return Library(db=services.db, user=user, services=services)


def runner_of(conn: HTTPConnection) -> Runner:
    """What parses documents."""
    return ProcessRunner()


the_runner = inline(runner_of)
"""The dependency, by which tests put another in its place."""
TheLibrary = Annotated[Library, Depends(library_of)]
TheRunner = Annotated[Runner, Depends(the_runner)]


@router.get("")
async def list_datasets(library: TheLibrary) -> wire.Datasets:
    """All datasets, with how much is in each."""
    found = [
        wire.Dataset(
            name=one.name,
            description=one.description,
            tags=list(one.tags),
            passages=one.chunk_count,
            vectors=one.vector_count,
            created_at=one.created_at,
        )
        for one in await library.every()
    ]
    return wire.Datasets(datasets=found, model=library.model)


@router.post("", status_code=201)
async def make_dataset(command: wire.MakeDataset, library: TheLibrary) -> wire.MadeDataset:
    """Make a dataset, or describe one anew."""
    created = await library.create(command.name, command.description, command.tags)
    return wire.MadeDataset(name=command.name, created=created)


@router.delete("/{dataset_name}", status_code=204)
async def delete_dataset(dataset_name: str, library: TheLibrary) -> None:
    """Delete a dataset with all in it. That cannot be undone."""
    if not await library.delete(dataset_name):
        raise DatasetMissing


@router.get("/{dataset_name}/sources")
async def list_sources(dataset_name: str, library: TheLibrary) -> wire.DatasetSources:
    """The documents in a dataset."""
    found = await library.sources(dataset_name)
    return wire.DatasetSources(sources=[wire.DatasetSource.model_validate(one) for one in found])


@router.post("/{dataset_name}/sources", status_code=201, form_limits={"max_files": 1, "max_fields": 0})
async def upload_source(
    dataset_name: str,
    file: Annotated[UploadFile, File(description="PDF, Word (.docx), HTML, Markdown or text.")],
    request: Request,
    limits: TheLimits,
    library: TheLibrary,
    runner: TheRunner,
) -> wire.AddedSource:
    """Add a document, under its name. What was there of that name is replaced. Larger ones go by the workspace."""
    note_allowance(request, await limits.take(UPLOAD, f"user:{library.user}"))
    await library.require(dataset_name)
    name = clean_name(file.filename)
    return await _add(library, runner, dataset_name, name, name, await file.read())


@router.post("/{dataset_name}/sources/from-workspace", status_code=201)
async def add_source(
    dataset_name: str,
    command: wire.AddSource,
    request: Request,
    services: OpenServices,
    limits: TheLimits,
    library: TheLibrary,
    runner: TheRunner,
) -> wire.AddedSource:
    """Add a file of the workspace, up to 32 MiB. What was there of the same source is replaced."""
    note_allowance(request, await limits.take(UPLOAD, f"user:{library.user}"))
    await library.require(dataset_name)
    content = await _content(services, library.user, command.path)
    called = command.source or plain(command.path)
    return await _add(library, runner, dataset_name, called, command.path, content)


@router.delete("/{dataset_name}/sources", status_code=204)
async def delete_source(
    dataset_name: str, library: TheLibrary, source: Annotated[Path, Query(description="Its name.")]
) -> None:
    """Delete what came from a document."""
    if not await library.remove(dataset_name, source):
        raise DatasetMissing


@router.post("/{dataset_name}/query")
async def query_dataset(
    dataset_name: str, command: wire.AskDataset, request: Request, limits: TheLimits, library: TheLibrary
) -> wire.DatasetHits:
    """The passages that are about a question, by meaning and by words, best first."""
    note_allowance(request, await limits.take(DATASET_SEARCHES, f"user:{library.user}"))
    found = await library.search(dataset_name, command.query, limit=command.limit)
    return wire.DatasetHits(hits=[_shown(hit) for hit in found.hits], model=found.model)


async def _content(services: OpenServices, user: UserId, path: str) -> bytes:
    files = Workspace(services.db, services.objects, user)
    facts = await files.facts(path)
    check_size(facts.size if facts is not None else 0)
    return await files.read(path)


async def _add(
    library: Library, runner: Runner, dataset: str, source: str, path: str, content: bytes
) -> wire.AddedSource:
    passages = await read(runner, library.user, path, content)
    replaced = await library.put(dataset, source, passages)
    return wire.AddedSource(source=source, pages=passages[-1].page, passages=len(passages), replaced=replaced)


def _shown(hit: Hit) -> wire.DatasetHit:
    found_by = [name for name, found in (("meaning", hit.by_meaning), ("words", hit.by_words)) if found]
    passage = hit.passage
    return wire.DatasetHit.model_validate(
        {
            "text": passage.text,
            "source": passage.source,
            "page": passage.page,
            "heading": passage.heading,
            "place": passage.place,
            "distance": hit.distance,
            "found_by": found_by,
        }
    )
