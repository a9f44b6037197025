"""What belongs to the signed-in person: profile, preferences."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter

from serve import wire
from serve.accounts import store
from serve.errors import SignedOut
from serve.guards import CurrentUser, OpenServices, within

router = APIRouter(prefix="/user", tags=["user"], dependencies=[within("preferences")])


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
