"""What belongs to the signed-in person: profile, preferences, usage."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import Field

from cluster.errors import Invalid
from serve import wire
from serve.accounts import store
from serve.errors import SignedOut
from serve.guards import CurrentUser, OpenServices, within

router = APIRouter(prefix="/user", tags=["user"], dependencies=[within("preferences")])
LONGEST = timedelta(days=366)
USUAL = timedelta(days=29)


@router.get("/profile")
async def profile(user: CurrentUser, services: OpenServices) -> wire.User:
    """The account."""
    async with services.db.as_user(user) as conn:
        return _user(await store.person(conn))


@router.put("/profile")
async def change_profile(command: wire.ProfileChange, user: CurrentUser, services: OpenServices) -> wire.User:
    """Change the name that is shown; null takes it away."""
    async with services.db.as_user(user) as conn:
        if "display_name" not in command.model_fields_set:
            return _user(await store.person(conn))
        return _user(await store.rename(conn, command.display_name))


@router.get("/preferences")
async def preferences(user: CurrentUser, services: OpenServices) -> wire.Preferences:
    """What the person prefers, with defaults for what was never set."""
    async with services.db.as_user(user) as conn:
        return _preferences(await store.settings(conn))


@router.put("/preferences")
async def change_preferences(command: wire.Preferences, user: CurrentUser, services: OpenServices) -> wire.Preferences:
    """Change preferences. Fields that are left out stay as they are, so that two tabs don't undo each other."""
    if command.model is not None:
        services.models.card(command.model)
    changes = command.model_dump(mode="json", exclude_unset=True)
    async with services.db.as_user(user) as conn:
        return _preferences(await store.change_settings(conn, changes))


Day = Annotated[date | None, Field(ge=date(2000, 1, 1), le=date(2999, 12, 31))]


@router.get("/usage")
async def usage(
    user: CurrentUser,
    services: OpenServices,
    since: Annotated[Day, Query(alias="from", description="First day (UTC); 29 days before `to` when absent.")] = None,
    until: Annotated[Day, Query(alias="to", description="Last day (UTC); today when absent.")] = None,
) -> wire.Usage:
    """Tokens and cost, in all and by day and model. Equal to what the provider counted."""
    last = until or datetime.now(UTC).date()
    first = since or last - USUAL
    if not first <= last <= first + LONGEST:
        raise Invalid("`from` is at most one year before `to`")
    begin, end = (datetime.combine(day, time(), UTC) for day in (first, last + timedelta(days=1)))
    async with services.db.as_user(user) as conn:
        rows = [wire.UsageRow.model_validate(dict(row)) for row in await store.usage_by_day(conn, begin, end)]
    return wire.Usage(
        tokens_input=sum(row.tokens_input for row in rows),
        tokens_output=sum(row.tokens_output for row in rows),
        tokens_cache_read=sum(row.tokens_cache_read for row in rows),
        tokens_cache_write=sum(row.tokens_cache_write for row in rows),
        cost_usd=sum((row.cost_usd for row in rows), Decimal(0)),
        rows=rows,
    )


def _user(person: store.Person | None) -> wire.User:
    if person is None:
        raise SignedOut("this account is gone")
    return wire.User.model_validate(person)


def _preferences(kept: Mapping[str, Any] | None) -> wire.Preferences:
    """What is kept, as far as today's version knows it."""
    if kept is None:
        raise SignedOut("this account is gone")
    known = {name: value for name, value in kept.items() if name in wire.Preferences.model_fields}
    return wire.Preferences.model_validate(known)
