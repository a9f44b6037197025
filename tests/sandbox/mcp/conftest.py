"""The context of the tools' own tests, with real jails."""

from tests.sandbox.tools.conftest import context, files

__all__ = ["context", "files"]
