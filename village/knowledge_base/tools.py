"""The knowledge base as tools: what this system's own documents say, for an agent that is asked how it works."""

from collections import Counter
from functools import lru_cache
from typing import Annotated

from pydantic import Field

from cluster.errors import NotFound
from sandbox.tool import Example, Facts, ToolContext, tool
from village.knowledge_base.corpus import Piece, pieces
from village.knowledge_base.definitions import definition
from village.knowledge_base.ranking import Index

PURE = Facts(idempotent=True, seconds=10)
EXCERPT = 700
"""Characters of a result's text."""

Topic = Annotated[str, Field(max_length=100)]
Question = Annotated[str, Field(min_length=1, max_length=1000)]


@tool(
    category="knowledge_base",
    facts=PURE,
    example=Example(
        arguments={"query": "what confines untrusted code", "topic": "sandbox", "n_results": 1},
        result={
            "query": "what confines untrusted code",
            "topic": "sandbox",
            "results": [
                {
                    "title": "jail: walls around code nobody vouches for",
                    "topic": "sandbox/jail",
                    "source": "sandbox/jail/README.md",
                    "text": "…",
                    "score": 7.5,
                }
            ],
            "result_count": 1,
        },
        varies=True,
    ),
)
async def kb_search(
    context: ToolContext,
    *,
    query: Annotated[Question, "What to look for"],
    topic: Annotated[Topic | None, "Only in this topic and those below it; kb_topics lists them"] = None,
    n_results: Annotated[int, Field(ge=1, le=20), "Most results"] = 5,
) -> dict[str, object]:
    """Search this system's own documentation: how ApexAurum works, its parts, settings and tools."""
    found = best(query, topic, limit=n_results)
    results = [
        {
            "title": piece.title,
            "topic": piece.topic,
            "source": piece.source,
            "text": piece.text[:EXCERPT],
            "score": round(score, 2),
        }
        for piece, score in found
    ]
    return {"query": query, "topic": topic, "results": results, "result_count": len(results)}


@tool(
    category="knowledge_base",
    facts=PURE,
    example=Example(
        arguments={"term": "reverse_string"},
        result={
            "term": "reverse_string",
            "definition": "Turn a text around, letter by letter; accents and emoji stay whole.",
            "source": "tool of the family utility",
        },
    ),
)
async def kb_lookup(
    context: ToolContext, *, term: Annotated[str, Field(min_length=1, max_length=200), "The word, setting or tool"]
) -> dict[str, object]:
    """What a term of this system means: a word of its documents, a setting, a folder or a tool."""
    named = context.library.get(term.strip())
    if named is not None:
        return {"term": named.name, "definition": named.description, "source": f"tool of the family {named.category}"}
    found = definition(term, pieces())
    if found is not None:
        return {"term": found.term, "definition": found.text, "source": found.piece.source}
    near = best(term, None, limit=1)
    if not near:
        raise NotFound(f"The documents do not say what {term!r} is; kb_topics lists what they are about.")
    piece, _ = near[0]
    return {"term": term, "definition": piece.text[:EXCERPT], "source": piece.source, "approximate": True}


@tool(
    category="knowledge_base",
    facts=PURE,
    example=Example(
        arguments={"within": "village/scratch"},
        result={
            "topics": [{"topic": "village/scratch", "title": "scratch: notes of one conversation", "sections": 1}],
            "count": 1,
        },
    ),
)
async def kb_topics(
    context: ToolContext, *, within: Annotated[Topic | None, "Only this topic and those below it"] = None
) -> dict[str, object]:
    """List what this system's documentation is about."""
    sections = Counter(piece.topic for piece in pieces() if not within or _is_within(piece, _plain(within)))
    titles = {piece.topic: piece.title.partition(" > ")[0] for piece in reversed(pieces())}
    topics = [{"topic": topic, "title": titles[topic], "sections": count} for topic, count in sections.items()]
    return {"topics": topics, "count": len(topics)}


@tool(
    category="knowledge_base",
    facts=PURE,
    example=Example(
        arguments={"question": "How are migrations applied?", "context_chunks": 1},
        result={
            "question": "How are migrations applied?",
            "context": "[cluster/migrations/README.md] migrations > Who applies it\n…",
            "sources": ["cluster/migrations/README.md"],
        },
        varies=True,
    ),
)
async def kb_answer(
    context: ToolContext,
    *,
    question: Annotated[Question, "A question about this system"],
    context_chunks: Annotated[int, Field(ge=1, le=10), "How many passages to bring"] = 3,
) -> dict[str, object]:
    """Bring the passages of this system's documentation that answer a question, with their sources."""
    found = best(question, None, limit=context_chunks)
    passages = [f"[{piece.source}] {piece.title}\n{piece.text}" for piece, _ in found]
    sources = list(dict.fromkeys(piece.source for piece, _ in found))
    return {"question": question, "context": "\n\n---\n\n".join(passages), "sources": sources}


def best(query: str, topic: str | None, *, limit: int) -> list[tuple[Piece, float]]:
    """The pieces that fit a question best, with their scores. Raises NotFound for a topic that is none."""
    all_pieces = pieces()
    ranked = [(all_pieces[place], score) for place, score in _index().ranked(query)]
    if topic:
        within = _plain(topic)
        if not any(_is_within(piece, within) for piece in all_pieces):
            raise NotFound(f"There is no topic {topic!r}; kb_topics lists them.")
        ranked = [(piece, score) for piece, score in ranked if _is_within(piece, within)]
    return ranked[:limit]


@lru_cache(maxsize=1)
def _index() -> Index:
    return Index([(f"{piece.title} {piece.topic}", piece.text) for piece in pieces()])


def _plain(topic: str) -> str:
    return topic.strip().strip("/").lower()


def _is_within(piece: Piece, topic: str) -> bool:
    return piece.topic == topic or piece.topic.startswith(f"{topic}/")


KNOWLEDGE_BASE_TOOLS = (kb_search, kb_lookup, kb_topics, kb_answer)
