"""Encodings and digests: what is encoded comes back, and what is published about each holds."""

from typing import Any
from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.errors import ToolFailed
from sandbox.tools.encodings import base64_decode, base64_encode, hash_text, url_decode, url_encode, url_parse
from tests.sandbox.asking import ask

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)


@pytest.mark.parametrize(
    ("text", "algorithm", "digest"),
    [
        ("", "md5", "d41d8cd98f00b204e9800998ecf8427e"),
        ("abc", "sha1", "a9993e364706816aba3e25717850c26c9cd0d89d"),
        ("abc", "sha3_256", "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532"),
        ("123456789", "crc32", "cbf43926"),
        ("", "sha256", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ],
)
async def test_digests_are_the_published_ones(text: str, algorithm: str, digest: str):
    """RFC 1321, FIPS 180 and 202, and the CRC catalogue's check value."""
    assert (await ask(hash_text, text=text, algorithm=algorithm))["digest"] == digest


async def test_a_digest_in_base64_is_the_same():
    found = await ask(hash_text, text="abc", encoding="base64")
    assert found["digest"] == "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="


@pytest.mark.parametrize(
    ("text", "made"),
    [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE=")],
)
async def test_base64_is_as_rfc_4648_section_10_gives_it(text: str, made: str):
    assert (await ask(base64_encode, text=text))["result"] == made
    assert (await ask(base64_decode, data=made))["text"] == text


@given(text=TEXTS, url_safe=st.booleans(), padding=st.booleans())
async def test_what_is_encoded_in_base64_comes_back(text: str, url_safe: bool, padding: bool):
    made = (await ask(base64_encode, text=text, url_safe=url_safe, padding=padding))["result"]
    assert not set(made) & set("+/" if url_safe else "-_")
    assert (await ask(base64_decode, data=made))["text"] == text


async def test_bytes_that_are_no_text_come_back_in_hexadecimal_and_noise_is_refused():
    assert await ask(base64_decode, data=" /w\n== ") == {"text": None, "hex": "ff", "bytes": 1}
    for noise in ("a", "a*b=", "ä==="):
        with pytest.raises(ToolFailed, match="no Base64"):
            await ask(base64_decode, data=noise)


@given(text=TEXTS, plus=st.booleans())
async def test_what_is_percent_encoded_comes_back(text: str, plus: bool):
    made = (await ask(url_encode, text=text, plus=plus))["result"]
    assert made.isascii()
    assert not set(made) & set(" &=?/#")
    assert (await ask(url_decode, text=made, plus=plus))["result"] == text


@given(parameters=st.dictionaries(TEXTS.filter(bool), TEXTS.filter(bool), max_size=5), plus=st.booleans())
async def test_parameters_become_a_query_string(parameters: dict[str, str], plus: bool):
    made = (await ask(url_encode, parameters=parameters, plus=plus))["result"]
    assert parse_qs(made) == {name: [value] for name, value in parameters.items()}


async def test_some_letters_are_left_as_they_are():
    assert (await ask(url_encode, text="/a b/~c", keep="/"))["result"] == "/a%20b/~c"
    assert (await ask(url_encode, parameters={"a b": "c+d"}))["result"] == "a%20b=c%2Bd"
    assert (await ask(url_encode, parameters={"a b": "c d"}, plus=True))["result"] == "a+b=c+d"


async def test_an_address_is_taken_apart_and_its_password_stays_out():
    found: Any = await ask(url_parse, url="ftp://me:secret@[::1]:21/a%2Fb;x?q=1&flag&q=a+b#%C3%A4")
    assert (found["host"], found["port"], found["username"]) == ("::1", 21, "me")
    assert found["query"] == {"q": ["1", "a b"], "flag": [""]}
    assert (found["path"], found["fragment"], found["is_absolute"]) == ("/a/b;x", "ä", True)
    assert "secret" not in str(found)
    relative: Any = await ask(url_parse, url="../b?c")
    assert (relative["scheme"], relative["host"], relative["is_absolute"]) == (None, None, False)


@pytest.mark.parametrize("url", ["http://[::1", "http://a:99999/", "http://a:x/"])
async def test_what_is_no_address_is_told(url: str):
    with pytest.raises(ToolFailed, match="no URL"):
        await ask(url_parse, url=url)


async def test_what_cannot_be_encoded_or_decoded_is_told():
    with pytest.raises(ToolFailed, match="no UTF-8"):
        await ask(url_decode, text="%ff")
    for arguments in ({}, {"text": "a", "parameters": {"a": "b"}}):
        with pytest.raises(ToolFailed, match="either text or parameters"):
            await ask(url_encode, **arguments)
