"""One number for arguments: the same for the same, also after the database has had them, and another for others."""

from typing import Any

import orjson
import pytest

from cluster.ids import UserId
from cluster.services import Clients
from sandbox.digest import digest

TRICKY: list[dict[str, Any]] = [
    {},
    {"b": 1, "a": [1, 2.0, {"d": None, "c": True}]},
    {"n": [0, -0.0, 0.1, 1e3, 1e19, 1e22, 1e300, 5e-324, 1.2345678901234568e17, 2**53 + 1, 2**64 - 1, -(2**63)]},
    {"s": ["", " ", "ä", "\U0001f600", "1", "\u2028", '"', "\\"]},
    {"": {"": ""}},
]
PAIRS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"a": 1}, {"a": "1"}),
    ({"a": 1}, {"a": True}),
    ({"a": 1}, {"a": {"number": "1"}}),
    ({"a": None}, {}),
    ({"a": [1, 2]}, {"a": [2, 1]}),
    ({"a": 2**53}, {"a": 2**53 + 1}),
    ({"to": "ada@example.com"}, {"to": "ada@example.com "}),
]


@pytest.mark.parametrize("arguments", TRICKY, ids=str)
async def test_the_database_does_not_change_it(arguments: dict[str, Any], clients: Clients, user: UserId):
    async with clients.db.as_user(user) as conn:
        kept = await conn.fetchval("select $1::jsonb", arguments)

    assert digest(kept) == digest(arguments)
    assert digest(orjson.loads(orjson.dumps(arguments))) == digest(arguments)


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_other_arguments_have_another(one: dict[str, Any], other: dict[str, Any]):
    assert digest(one) != digest(other)


def test_the_order_of_names_says_nothing():
    assert digest({"a": 1, "b": {"c": 2, "d": 3}}) == digest({"b": {"d": 3, "c": 2}, "a": 1})
