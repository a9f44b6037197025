"""Which models are offered, and what their tokens cost."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import pytest
from pydantic import SecretStr

from cluster.errors import SettingsError
from cluster.models.anthropic import AnthropicChatModel
from cluster.models.catalogue import Models
from cluster.models.chat_model import ModelMissing, Usage
from cluster.models.claude import BEST, CLAUDE, SMALL
from cluster.settings import Settings
from serve import wire

MILLION = Usage(
    input_tokens=1_000_000, output_tokens=1_000_000, cache_read_tokens=1_000_000, cache_write_tokens=1_000_000
)
NOBODY = cast("Any", None)
"""A runtime that nobody speaks to."""


def models(**settings: object) -> Models:
    chosen = {"local_model": "off", "anthropic_api_key": None, "anthropic_base_url": None, **settings}
    return Models(Settings(**cast("Any", chosen)), NOBODY)


def keyed(**settings: object) -> Models:
    return models(anthropic_api_key=SecretStr("a key"), **settings)


def cost(id: str, day: date, usage: Usage = MILLION) -> Decimal:
    card = next(card for card in CLAUDE if card.id == id)
    return card.priced(usage, day).cost_usd


def test_without_a_key_the_local_model_answers():
    offered = models(local_model="packaged")
    assert [card.id for card in offered.cards()] == ["local"]
    assert offered.default() == "local"
    assert offered.card("local").demo


def test_with_a_key_the_best_claude_is_the_default():
    offered = keyed(local_model="packaged", scripted_model=True)
    assert offered.default() == BEST
    assert [card.id for card in offered.cards()][-2:] == ["local", "scripted"]


def test_the_operator_chooses_the_default():
    assert keyed(default_model="claude-opus-5-5").default() == "claude-opus-5-5"
    assert keyed(default_model="gone").default() == BEST


def test_an_unknown_model_is_offered_only_when_named_for_a_server_of_ones_own():
    assert "qwen" not in [card.id for card in keyed(default_model="qwen").cards()]
    own = keyed(default_model="qwen", anthropic_base_url="http://127.0.0.1:9")
    assert own.default() == "qwen"
    assert own.card("qwen").input_usd_per_million == 0


def test_what_is_not_offered_is_missing():
    with pytest.raises(ModelMissing):
        models().card("claude-opus-5-5")
    with pytest.raises(ModelMissing):
        models().default()


def test_titles_are_made_by_the_small_sibling():
    offered = keyed(scripted_model=True)
    assert offered.small("claude-opus-5-5") == SMALL
    assert offered.small("scripted") == "scripted"
    assert offered.small("retired") == SMALL


def test_a_path_without_a_file_is_a_wrong_setting(tmp_path: Path):
    with pytest.raises(SettingsError, match="APEX_LOCAL_MODEL"):
        models(local_model=str(tmp_path / "none.gguf"))


def test_a_chat_model_is_made_once():
    offered = keyed()
    assert isinstance(offered.chat_model(BEST), AnthropicChatModel)
    assert offered.chat_model(BEST) is offered.chat_model(BEST)


def test_cards_fit_the_wire():
    for card in keyed(local_model="packaged", scripted_model=True).cards():
        assert wire.Model.model_validate(card).id == card.id


@pytest.mark.parametrize(
    ("id", "day", "usd"),
    [
        ("claude-opus-5-5", date(2026, 11, 23), "29.20"),
        ("claude-sonnet-5-5", date(2026, 10, 6), "14.70"),
        ("claude-sonnet-5-5", date(2026, 10, 7), "14.60"),
        ("claude-fable-5-2", date(2026, 11, 23), "58.20"),
        ("claude-haiku-4-5", date(2026, 11, 23), "7.35"),
        ("claude-haiku-5-5", date(2026, 11, 23), "3.675"),
    ],
)
def test_a_million_of_each_token_costs_what_the_price_list_says(id: str, day: date, usd: str):
    assert cost(id, day) == Decimal(usd)


@pytest.mark.parametrize(("tokens", "usd"), [(100_000, "0.0100005"), (100_001, "0.0500030")])
def test_a_long_prompt_costs_more_on_haiku(tokens: int, usd: str):
    usage = Usage(input_tokens=tokens, output_tokens=1)
    assert cost("claude-haiku-5-5", date(2026, 11, 23), usage) == Decimal(usd)


def test_small_costs_are_exact():
    assert cost("claude-opus-5-5", date(2026, 11, 23), Usage(cache_read_tokens=1)) == Decimal("0.0000002")
