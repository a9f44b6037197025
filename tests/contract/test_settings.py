"""Settings: each one is explained to its operator, and a wrong one is named."""

from pathlib import Path

import pytest

from cluster.errors import SettingsError
from cluster.settings import Settings

README = Path(__file__).parents[2] / "README.md"


def variables() -> list[str]:
    aliases = {"ray_address": "RAY_ADDRESS", "anthropic_api_key": "ANTHROPIC_API_KEY"}
    aliases["anthropic_base_url"] = "ANTHROPIC_BASE_URL"
    return [aliases.get(field, f"APEX_{field.upper()}") for field in Settings.model_fields]


@pytest.mark.parametrize("variable", variables())
def test_a_setting_is_in_the_readme(variable: str):
    assert f"`{variable}`" in README.read_text()


def test_a_setting_has_a_description():
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_an_unknown_setting_is_named_with_the_nearest_known_one(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("APEX_PROT", "8000")
    with pytest.raises(SettingsError, match=r"APEX_PROT is not a setting; did you mean APEX_PORT\?"):
        Settings.load()


def test_a_wrong_value_is_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("APEX_PORT", "eighty")
    with pytest.raises(SettingsError, match="APEX_PORT"):
        Settings.load()


def test_an_empty_environment_works(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("APEX_HOME", raising=False)
    assert Settings.load().home == Path("~/.apexaurum").expanduser()


def test_prices_of_training_come_with_their_day(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("APEX_TRAINING_PRICES", '{"as_of": "2026-11-01", "gpu_hour": {"runpod": 2}}')
    prices = Settings.load().training_prices
    assert prices is not None
    assert (str(prices.as_of), prices.gpu_hour) == ("2026-11-01", {"runpod": 2.0})
    for wrong in ('{"gpu_hour": {"runpod": 2}}', "2 USD"):
        monkeypatch.setenv("APEX_TRAINING_PRICES", wrong)
        with pytest.raises(SettingsError, match="APEX_TRAINING_PRICES"):
            Settings.load()
