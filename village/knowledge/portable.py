"""Knowledge as JSON Lines: everything of a realm, with all versions, so that it can be had back elsewhere as it was.

Ids are those of the first version, or what the knowledge was called where it came from: a file that is imported and
exported again is the same. The predecessor's export is read too.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, cast
from uuid import UUID

import orjson
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from cluster.clients.postgres import Connection
from cluster.errors import Invalid
from cluster.ids import RealmId
from village.knowledge.item import Origin

FORMAT = "apexaurum.village/1"
PAGE = 500
MOST_LINES = 20_000
IMPORTED = "imported_user"
"""Among an import's details: who said it, where that is not who imported it."""
Name = Annotated[str, Field(min_length=1, max_length=200)]
Label = Annotated[str, Field(min_length=1, max_length=50)]
Agent = Annotated[str, Field(min_length=1, max_length=50)]


class Line(BaseModel):
    """One line. What is not known is an error: nothing is lost silently."""

    model_config = ConfigDict(extra="forbid")


class Version(Line):
    """A reference to knowledge of the same file."""

    id: Name
    version: Annotated[int, Field(ge=1)] = 1


Reference = Version | UUID
"""To knowledge of the same realm, or of any other."""


class RealmLine(Line):
    """The first line."""

    type: Literal["realm"] = "realm"
    format: Literal["apexaurum.village/1"] = FORMAT
    name: str
    kind: str
    description: str
    exported_at: datetime


class ThreadLine(Line):
    """A thread."""

    type: Literal["thread"] = "thread"
    name: Annotated[str, Field(min_length=1, max_length=100)]
    title: Annotated[str, Field(min_length=1, max_length=200)]
    agent: Agent | None = None
    position: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    created_at: datetime
    archived_at: datetime | None = None


class KnowledgeLine(Line):
    """One version of one piece of knowledge."""

    type: Literal["knowledge"] = "knowledge"
    id: Name
    version: Annotated[int, Field(ge=1, le=100_000)] = 1
    content: Annotated[str, Field(min_length=1, max_length=20_000)]
    category: Label = "general"
    kind: Label = "fact"
    confidence: Annotated[float, Field(ge=0, le=1)] = 1.0
    tags: Annotated[list[str], Field(default_factory=list[str])]
    thread: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    agent: Agent | None = None
    user: UUID | None = None
    related_agents: Annotated[list[str], Field(default_factory=list[str])]
    origin: Origin = "import"
    source: Annotated[str, Field(max_length=200)] = "conversation"
    conversation_id: UUID | None = None
    turn_id: UUID | None = None
    responding_to: Annotated[list[Reference], Field(default_factory=list[Reference])]
    derived_from: Annotated[list[Reference], Field(default_factory=list[Reference])]
    related: Annotated[list[Reference], Field(default_factory=list[Reference])]
    trusted: bool = True
    details: Annotated[dict[str, Any], Field(default_factory=dict[str, Any])]
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    created_at: datetime | None = None
    removed_at: datetime | None = None
    access_count: Annotated[int, Field(ge=0, le=2_000_000_000)] = 0
    last_accessed_at: datetime | None = None


Portable = ThreadLine | KnowledgeLine
_lines: TypeAdapter[RealmLine | ThreadLine | KnowledgeLine] = TypeAdapter(
    Annotated[RealmLine | ThreadLine | KnowledgeLine, Field(discriminator="type")]
)


def read_lines(data: bytes) -> Sequence[Portable]:
    """What a file holds: JSON Lines of ours, or the predecessor's export. Raises Invalid with the line's number."""
    old = _predecessors(data)
    if old is not None:
        return list(_facts(old))
    found: list[Portable] = []
    for number, text in enumerate(data.splitlines(), 1):
        if not text.strip():
            continue
        if len(found) >= MOST_LINES:
            raise Invalid(f"a file has at most {MOST_LINES} lines")
        try:
            line = _lines.validate_json(text)
        except ValidationError as error:
            raise Invalid(f"line {number}: {_wrong(error)}") from error
        if not isinstance(line, RealmLine):
            found.append(line)
    return found


async def thread_lines(conn: Connection, realm: RealmId) -> Sequence[ThreadLine]:
    """All threads of a realm."""
    rows = await conn.fetch(
        """select name, title, agent, position, created_at, archived_at from threads
            where realm_id = $1 order by position, created_at, name""",
        realm,
    )
    return [ThreadLine(**row) for row in rows]


async def knowledge_lines(
    conn: Connection, realm: RealmId, *, after: tuple[datetime, str, int] | None
) -> Sequence[KnowledgeLine]:
    """The next page of all versions of all knowledge of a realm, the oldest first."""
    at, name, version = after or (None, None, None)
    rows = await conn.fetch(
        """select k.*, t.name as thread, coalesce(k.external_id, k.root_id::text) as name,
                  portable(k.realm_id, k.responding_to) as answered, portable(k.realm_id, k.derived_from) as sources,
                  portable(k.realm_id, k.related) as relatives
             from knowledge k left join threads t on t.id = k.thread_id
            where k.realm_id = $1
              and ($2::timestamptz is null
                   or (k.created_at, coalesce(k.external_id, k.root_id::text) collate "C", k.version)
                      > ($2, $3::text, $4))
            order by k.created_at, coalesce(k.external_id, k.root_id::text) collate "C", k.version limit $5""",
        realm, at, name, version, PAGE,
    )  # fmt: skip
    return [_line(dict(row)) for row in rows]


def _line(row: Mapping[str, Any]) -> KnowledgeLine:
    details = dict(row["details"])
    user = details.pop(IMPORTED, None) or row["user_id"]
    plain = {name: row[name] for name in KnowledgeLine.model_fields if name in row}
    return KnowledgeLine.model_validate(
        plain
        | {"id": row["name"], "user": user, "details": details, "responding_to": row["answered"]}
        | {"derived_from": row["sources"], "related": row["relatives"], "confidence": round(row["confidence"], 6)}
    )


def _predecessors(data: bytes) -> Sequence[Mapping[str, Any]] | None:
    try:
        whole: Any = orjson.loads(data)
    except orjson.JSONDecodeError:
        return None
    facts: Any = cast("dict[str, Any]", whole).get("facts") if isinstance(whole, dict) else None
    return cast("Sequence[Mapping[str, Any]]", facts) if isinstance(facts, list) else None


def _facts(facts: Sequence[Any]) -> Iterable[KnowledgeLine]:
    """The predecessor's facts. Its times have no zone; they are taken as UTC."""
    for number, fact in enumerate(facts, 1):
        try:
            added = datetime.fromisoformat(fact["added_at"]).replace(tzinfo=UTC) if fact.get("added_at") else None
            rest = {name: value for name, value in fact.items() if name not in TAKEN and value not in ("", None)}
            yield KnowledgeLine.model_validate(
                {
                    "id": fact["id"],
                    "content": fact["text"],
                    "category": fact.get("category") or "general",
                    "confidence": fact.get("confidence", 1.0),
                    "source": fact.get("source") or "conversation",
                    "created_at": added,
                    "valid_from": added,
                    "details": rest,
                }
            )
        except ValidationError as error:
            raise Invalid(f"fact {number}: {_wrong(error)}") from error
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise Invalid(f"fact {number}: {error}") from error


TAKEN = {"id", "text", "category", "confidence", "source", "added_at"}
"""What of a fact has a place of its own here; the rest goes into the details."""


def _wrong(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    return f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
