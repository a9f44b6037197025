"""Every error of ours survives the trip between processes."""

import importlib
import pickle
import pkgutil

import pytest

from cluster.errors import ApexError

FLOORS = ("actors", "cluster", "sandbox", "serve", "village")
STARTS_SOMETHING = {"cluster.migrations.env"}
"""Modules that do their work when imported."""
IN_A_JAIL = "sandbox.programs."
"""Modules that import what is installed for jails alone."""


def every_error() -> list[type[ApexError]]:
    for floor in FLOORS:
        package = importlib.import_module(floor)
        for module in pkgutil.walk_packages(package.__path__, f"{floor}."):
            if module.name not in STARTS_SOMETHING and not module.name.startswith(IN_A_JAIL):
                importlib.import_module(module.name)
    found: set[type[ApexError]] = set()
    pending = [ApexError]
    while pending:
        error = pending.pop()
        found.add(error)
        pending.extend(error.__subclasses__())
    return sorted(found, key=lambda error: (error.__module__, error.__qualname__))


@pytest.mark.parametrize("error", every_error(), ids=lambda error: error.__qualname__)
def test_an_error_pickles(error: type[ApexError]):
    sent = error("what happened")
    received = pickle.loads(pickle.dumps(sent))
    assert type(received) is error
    assert str(received) == str(sent)


@pytest.mark.parametrize("error", every_error(), ids=lambda error: error.__qualname__)
def test_an_error_says_what_it_means(error: type[ApexError]):
    assert str(error())
