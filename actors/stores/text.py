"""Makes text fit for PostgreSQL, which takes no NUL and no half of a surrogate pair; models and people send both."""

from typing import Any

REPLACEMENT = "\ufffd"


def storable(value: Any) -> Any:
    """The same JSON value with each character that cannot be stored replaced."""
    if isinstance(value, str):
        return storable_text(value)
    if isinstance(value, dict):
        return {storable(key): storable(item) for key, item in value.items()}  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, list | tuple):
        return [storable(item) for item in value]  # pyright: ignore[reportUnknownVariableType]
    return value


def storable_text(text: str) -> str:
    """The same text with each character that cannot be stored replaced."""
    if "\x00" in text:
        text = text.replace("\x00", REPLACEMENT)
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return "".join(REPLACEMENT if "\ud800" <= character <= "\udfff" else character for character in text)
    return text
