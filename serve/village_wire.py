"""The JSON shapes of the village: realms, who belongs to them, agents, the map. Knowledge has `knowledge_wire.py`."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from serve.wire import Answer, Command
from village.realms.store import RealmKind, Role

ZoneName = Literal[
    "village_square", "dj_booth", "memory_garden", "file_shed", "workshop", "bridge_portal", "library", "watchtower",
    "nursery",
]  # fmt: skip
AgentName = Annotated[str, Field(min_length=1, max_length=50)]
"""As it is written: it is kept in capitals, with `_` for blanks."""
RealmName = Annotated[str, Field(min_length=1, max_length=100)]
RealmDescription = Annotated[str, Field(max_length=2000)]


class Realm(Answer):
    """A realm that you may enter."""

    id: UUID
    kind: RealmKind
    """private: one agent's of yours. village: all agents' of its members. bridge: of those who are named."""
    name: str
    description: str
    agent: str | None
    """Whose a private one is."""
    role: Role
    """What you may do there: readers read, writers add and change their own, keepers do all and say who belongs."""
    owner_id: UUID
    mine: bool
    """You own it: only its owner deletes it or hands it over."""
    home: bool
    """The village of your own agents, which everybody has."""
    members: int
    """Entries of its list of members."""
    knowledge: int
    """Pieces of knowledge that are current."""
    embedding_model: str | None
    """Whose vectors answer there; null before the first."""
    threshold: float
    """From which similarity statements count as agreeing."""
    created_at: datetime


class Realms(Answer):
    realms: list[Realm]
    """Villages first, then bridges, then private ones; the oldest first."""


class CreateRealm(Command):
    """A new village or bridge with you as its keeper, or an agent's private realm, which is there once at most."""

    kind: RealmKind = "village"
    name: RealmName | None = None
    """Needed unless it is private."""
    description: RealmDescription = ""
    agent: AgentName | None = None
    """Of a private realm: whose it is."""


class RealmChange(Command):
    """What a keeper changes; what is left out stays."""

    name: RealmName | None = None
    description: RealmDescription | None = None
    threshold: Annotated[float, Field(ge=0, le=1)] | None = None


class RealmMember(Answer):
    """A person with all of their agents, or one agent of a person."""

    user_id: UUID
    display_name: str | None
    """Null for who gave none, and for who has left."""
    agent: str | None
    """Null: the person, with all of their agents."""
    role: Role
    owner: bool
    you: bool
    added_at: datetime


class RealmMembers(Answer):
    members: list[RealmMember]
    """The owner first, then by when they came."""


class Presence(Answer):
    """Somebody who is in a realm now."""

    user_id: UUID
    agent: str | None
    """Null: the person."""
    zone: ZoneName
    tool: str | None = None
    """What the agent works with."""


class RealmDetail(Answer):
    """A realm as it stands. Follow its channel `realm:<id>` after `seq` from then on."""

    realm: Realm
    members: list[RealmMember]
    here: list[Presence]
    seq: str


class GrantMembership(Command):
    """Let an agent of yours in, or a person who shares another realm with you, or one agent of theirs.

    Whoever shares none with you yet comes by an invitation.
    """

    user_id: UUID | None = None
    """You, when left out."""
    agent: AgentName | None = None
    """One agent of that person. Null: the person with all of them."""
    role: Role = "writer"


class MemberChange(Command):
    role: Role


class TransferRealm(Command):
    """Make a person who is a member the owner. You stay as a keeper."""

    user_id: UUID


class Fellow(Answer):
    """A person who shares a realm with you."""

    user_id: UUID
    display_name: str | None


class Fellows(Answer):
    people: list[Fellow]


class CreateInvite(Command):
    """A link by which people join."""

    role: Role = "reader"
    hours: Annotated[int, Field(ge=1, le=720)] = 72
    """How long it counts."""
    uses: Annotated[int, Field(ge=1, le=100)] = 1
    """How many may join by it."""


class Invite(Answer):
    """An invitation, without its token, which is told once."""

    id: UUID
    role: Role
    created_by: UUID
    created_at: datetime
    expires_at: datetime
    uses_left: int


class NewInvite(Answer):
    invite: Invite
    token: str
    """Told now and never again: the server keeps a hash of it."""
    path: str
    """The page to send: `/village/join?token=…`."""


class Invites(Answer):
    invites: list[Invite]
    """Those that count, the newest first."""


class LookAtInvite(Command):
    token: Annotated[str, Field(min_length=1, max_length=100)]


class Invitation(Answer):
    """What an invitation leads to, for who holds its token."""

    name: str
    description: str
    kind: RealmKind
    role: Role
    """What you would be."""
    invited_by: str | None
    """The display name of who made it."""
    expires_at: datetime
    realm_id: UUID | None
    """When you belong to it already."""


class JoinRealm(Command):
    """Enter by an invitation."""

    token: Annotated[str, Field(min_length=1, max_length=100)]
    agents: Annotated[list[AgentName], Field(max_length=20, default_factory=list[str])]
    """Only these agents of yours enter; all of them when empty."""


class RealmLogEntry(Answer):
    """Something that was done to a realm."""

    id: UUID
    user_id: UUID
    agent: str | None
    action: str
    """realm_created, realm_changed, realm_transferred, member_added, member_joined, member_changed, member_removed,
    member_left, invite_made, invite_revoked, realm_deleted, promoted, imported, consolidated."""
    details: dict[str, Any]
    at: datetime
    undone_at: datetime | None


class RealmLog(Answer):
    entries: list[RealmLogEntry]
    """The newest first."""
    next_cursor: str | None


# Agents and where they are


class AgentProfile(Answer):
    """An agent that you can talk with: a founder, or an ancestor that was summoned."""

    agent: str
    """Its name, in capitals."""
    display_name: str
    generation: str
    lineage: str
    specialization: str
    origin_story: str
    color: str | None
    symbol: str | None
    built_in: bool
    introduced_at: datetime | None
    """When it said its first words."""


class AgentProfiles(Answer):
    agents: list[AgentProfile]
    """Founders first."""


class Zone(Answer):
    """A place on the map, 800 wide and 600 high."""

    name: ZoneName
    title: str
    x: int
    y: int
    """Its middle."""
    width: int
    height: int
    families: list[str]
    """Families of tools that send an agent there; the square takes what no other zone does."""


class VillageMap(Answer):
    width: int
    height: int
    zones: list[Zone]


# Health


class StaleKnowledge(Answer):
    """Something that nobody has read for long."""

    id: UUID
    content: str
    """Its first 300 characters."""
    agent: str | None
    category: str
    access_count: int
    last_accessed_at: datetime | None
    created_at: datetime


class DuplicatePair(Answer):
    """Two pieces of knowledge that say nearly the same."""

    first: StaleKnowledge
    second: StaleKnowledge
    similarity: float
    """Cosine."""


class VillageHealth(Answer):
    """How well a realm is kept."""

    realm_id: UUID
    total: int
    score: float
    """0 to 100: what share is neither stale nor hardly read."""
    stale: int
    """Not read for `stale_days`."""
    low_access: int
    """Read at most twice though a week old."""
    stale_days: int
    stalest: list[StaleKnowledge]
    """At most 20, the longest unread first."""
    least_read: list[StaleKnowledge]
    """At most 20."""
    duplicates: list[DuplicatePair]
    """At most 20, the most alike first."""


class Consolidate(Command):
    """Make one of two pieces of knowledge: one is kept, the other merged into it. It can be undone."""

    id1: UUID
    id2: UUID
    keep: Literal["higher_confidence", "higher_access", "id1", "id2"] = "higher_confidence"


class Consolidated(Answer):
    kept_id: UUID
    """The new version of what was kept."""
    merged_id: UUID
    undo_id: UUID
    """For `POST /village/health/undo/{undo_id}`."""
