"""The page's types are the door's."""

from serve.schema import TARGET, typescript


def test_the_page_knows_the_current_wire():
    assert TARGET.read_text() == typescript(), "run `make wire`"
