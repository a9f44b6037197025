"""Profile, preferences and usage of the signed-in person."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import httpx
import pytest

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


async def log_usage(services: Services, ada: Visitor, at: datetime, model: str, tokens: int, cost: str) -> None:
    user = UserId(UUID(ada.tokens["user"]["id"]))
    async with services.db.as_user(user) as conn:
        await conn.execute(
            """insert into usage_log (user_id, endpoint, model, tokens_input, tokens_output, tokens_cache_read,
                                      tokens_cache_write, cost_usd, created_at)
               values ($1, 'chat', $2, $3, $3 * 2, $3 * 3, $3 * 4, $4, $5)""",
            user,
            model,
            tokens,
            Decimal(cost),
            at,
        )


async def test_usage_is_summed_by_day_and_model(services: Services, ada: Visitor, bob: Visitor):
    noon = datetime(2026, 3, 2, 12, tzinfo=UTC)
    await log_usage(services, ada, noon, "large", 10, "0.10000001")
    await log_usage(services, ada, noon + timedelta(hours=1), "large", 5, "0.20000002")
    await log_usage(services, ada, noon, "small", 1, "0.00000001")
    await log_usage(services, ada, noon.replace(hour=23, minute=59, day=3), "large", 7, "1")
    await log_usage(services, ada, noon.replace(hour=0, day=4), "large", 100, "9")
    await log_usage(services, bob, noon, "large", 1000, "9")
    answer = await ada.http.get(f"{USER}/usage", params={"from": "2026-03-02", "to": "2026-03-03"})
    usage = answer.json()
    assert [(row["day"], row["model"], row["calls"], row["tokens_input"]) for row in usage["rows"]] == [
        ("2026-03-02", "large", 2, 15),
        ("2026-03-02", "small", 1, 1),
        ("2026-03-03", "large", 1, 7),
    ]
    assert usage["rows"][0]["cost_usd"] == pytest.approx(0.30000003, abs=1e-12)
    assert usage["tokens_input"] == 23
    assert (usage["tokens_output"], usage["tokens_cache_read"], usage["tokens_cache_write"]) == (46, 69, 92)
    assert usage["cost_usd"] == pytest.approx(1.30000004, abs=1e-12)


async def test_usage_without_dates_is_the_last_month(services: Services, ada: Visitor):
    await log_usage(services, ada, datetime.now(UTC), "large", 3, "0.5")
    await log_usage(services, ada, datetime.now(UTC) - timedelta(days=40), "large", 100, "9")
    usage = (await ada.http.get(f"{USER}/usage")).json()
    assert (usage["tokens_input"], usage["cost_usd"]) == (3, 0.5)


@pytest.mark.parametrize(
    "dates",
    [{"from": "2026-02-30"}, {"from": "2026-03-02", "to": "2026-03-01"}, {"from": "2020-01-01", "to": "2026-01-01"},
     {"to": "0001-01-01"}, {"to": "9999-12-31"}, {"from": "x" * 10_000}],
    ids=["no such day", "backwards", "too long", "before time", "after time", "nonsense"],
)  # fmt: skip
async def test_dates_that_make_no_sense_are_422(ada: Visitor, dates: dict[str, str]):
    assert_problem(await ada.http.get(f"{USER}/usage", params=dates), 422, "invalid")


async def test_an_account_that_is_gone_is_signed_out(services: Services, ada: Visitor):
    async with services.db.as_user(UserId(UUID(ada.tokens["user"]["id"]))) as conn:
        await conn.execute("delete from users")
    for path in ("/api/v1/auth/me", f"{USER}/profile", f"{USER}/preferences"):
        assert_problem(await ada.http.get(path), 401, "signed-out")
    refreshed = await ada.http.post("/api/v1/auth/refresh", json={"refresh_token": ada.tokens["refresh_token"]})
    assert_problem(refreshed, 401, "signed-out")


async def test_models_need_a_sign_in(http: httpx.AsyncClient):
    assert_problem(await http.get("/api/v1/models"), 401, "sign-in-needed")
