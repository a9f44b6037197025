"""Profile and preferences of the signed-in person."""

from uuid import UUID

import httpx

from cluster.ids import UserId
from cluster.services import Services
from tests.serve.visitors import Visitor, assert_problem

USER = "/api/v1/user"


async def test_the_name_that_is_shown_can_be_changed_and_taken_away(ada: Visitor):
    changed = await ada.http.put(f"{USER}/profile", json={"display_name": "Ada Lovelace ✨"})
    assert changed.json()["display_name"] == "Ada Lovelace ✨"
    assert (await ada.http.get(f"{USER}/profile")).json() == changed.json()
    assert (await ada.http.put(f"{USER}/profile", json={})).json() == changed.json()
    assert (await ada.http.put(f"{USER}/profile", json={"display_name": None})).json()["display_name"] is None


async def test_preferences_begin_with_defaults(ada: Visitor):
    preferences = (await ada.http.get(f"{USER}/preferences")).json()
    assert preferences["context_strategy"] == "balanced"
    assert preferences["model"] is None


async def test_two_tabs_that_change_different_preferences_do_not_undo_each_other(ada: Visitor):
    await ada.http.put(f"{USER}/preferences", json={"theme": "dark"})
    both = (await ada.http.put(f"{USER}/preferences", json={"instructions": "Be brief."})).json()
    assert (both["theme"], both["instructions"]) == ("dark", "Be brief.")
    assert (await ada.http.get(f"{USER}/preferences")).json() == both


async def test_a_preferred_model_must_be_offered(ada: Visitor):
    assert_problem(await ada.http.put(f"{USER}/preferences", json={"model": "gpt-0"}), 422, "model-missing")
    offered = (await ada.http.get("/api/v1/models")).json()
    assert offered["default"] in {model["id"] for model in offered["models"]}
    answer = await ada.http.put(f"{USER}/preferences", json={"model": offered["default"]})
    assert answer.json()["model"] == offered["default"]


async def test_an_unknown_preference_is_refused(ada: Visitor):
    assert_problem(await ada.http.put(f"{USER}/preferences", json={"them": "dark"}), 422, "invalid")


async def test_an_account_that_is_gone_is_signed_out(services: Services, ada: Visitor):
    async with services.db.as_user(UserId(UUID(ada.tokens["user"]["id"]))) as conn:
        await conn.execute("delete from users")
    for path in ("/api/v1/auth/me", f"{USER}/profile", f"{USER}/preferences"):
        assert_problem(await ada.http.get(path), 401, "signed-out")
    refreshed = await ada.http.post("/api/v1/auth/refresh", json={"refresh_token": ada.tokens["refresh_token"]})
    assert_problem(refreshed, 401, "signed-out")


async def test_models_need_a_sign_in(http: httpx.AsyncClient):
    assert_problem(await http.get("/api/v1/models"), 401, "sign-in-needed")
