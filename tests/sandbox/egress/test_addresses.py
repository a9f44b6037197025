"""Which addresses and hosts are on the public web."""

import psutil
import pytest

from sandbox.egress.addresses import is_ours, is_public
from sandbox.egress.errors import EgressRefused
from sandbox.egress.targets import redirected, target_of

PRIVATE = (
    *("0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.255.255.254"),
    *("169.254.169.254", "169.254.170.2", "172.16.0.1", "172.31.255.255", "192.0.0.192", "192.0.2.1"),
    *("192.88.99.1", "192.168.1.1", "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1"),
    *("224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "168.63.129.16"),
    *("::", "::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::1"),
    *("100::1", "fe80::1", "fe80::1%eth0", "fec0::1", "fc00::1", "fd00:ec2::254", "ff02::1", "2001::1"),
    *("2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:20::1", "2001:db8::1", "2002:7f00:1::", "2002:808:808::1"),
    *("3fff::1", "2a00:1450::5efe:a00:1", "2a00:1450::200:5efe:7f00:1", "5f00::1", "4000::1"),
    *("", "localhost", "2130706433", "1.2.3", "2606:4700::1111%1"),
)
PUBLIC = ("1.1.1.1", "8.8.8.8", "93.184.215.14", "172.32.0.1", "100.128.0.1", "2606:4700:4700::1111", "2a00:1450::1")
ODD = (
    *("http://2130706433/", "http://0x7f000001/", "http://0x7f.1/", "http://0177.0.0.1/", "http://127.1/"),
    *("http://0/", "http://127.0.0.01/", "http://1.2.3.4.5/", "http://1.2.3.0x4/", "http://example.0x/"),
    *("http://[::1%25eth0]/", "http://[fe80::1%eth0]/", "http://[::1", "http://[v1.x]/", "http://exam%70le.org/"),
    *("http://user@example.org/", "http://user:word@example.org/", "http://example.org@127.0.0.1/", "http://@a.org/"),
    *("file:///etc/passwd", "gopher://example.org/", "ftp://example.org/", "//example.org/", "example.org", ""),
    *("http:///path", "http://:80/", "http://example.org:0/", "http://example.org:99999/", "http://a.org:x/"),
    *(
        "http://example.org\\@127.0.0.1/",
        "http://example.org/\r\nHost: inner",
        "http://exa mple.org/",
        "\nhttp://a.org",
    ),
    *("http://localhost/", "http://sub.localhost/", "http://redis:6379/", "http://metadata.google.internal/"),
    *("http://printer.local/", "http://router.home.arpa/", "http://a..org/", "http://-a.org/", "http://a.onion/"),
    *("http://" + "a" * 64 + ".org/", "http://example.org/" + "x" * 4000),
)


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_that_is_not_public_is_known(address: str):
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_known(address: str):
    assert is_public(address)


def test_the_addresses_of_this_machine_are_its_own():
    own = [known.address for known in psutil.net_if_addrs()["lo"] if known.family.name == "AF_INET"]
    assert own
    assert all(map(is_ours, own))
    assert not is_ours("93.184.215.14")


@pytest.mark.parametrize("url", ODD)
def test_a_url_that_readers_could_understand_differently_is_refused(url: str):
    with pytest.raises(EgressRefused):
        target_of(url)


@pytest.mark.parametrize(
    ("url", "host", "port", "path"),
    [
        ("https://Example.ORG./a?b=c#d", "example.org", 443, "/a?b=c"),
        ("http://bücher.example.com", "xn--bcher-kva.example.com", 80, "/"),
        ("http://\uff11\uff12\uff17.0.0.1:8080/", "127.0.0.1", 8080, "/"),
        ("http://127\u30020\u30020\u30021/", "127.0.0.1", 80, "/"),
        ("http://[::FFFF:7f00:1]/ä", "::ffff:7f00:1", 80, "/%C3%A4"),
        ("http://a.org?q=1", "a.org", 80, "/?q=1"),
    ],
)
def test_a_url_is_taken_apart_in_one_way(url: str, host: str, port: int, path: str):
    target = target_of(url)
    assert (target.host, target.port, target.path) == (host, port, path)


def test_a_redirect_is_read_beside_the_url_that_it_came_from():
    at = target_of("https://example.org/a/b")
    assert redirected(at, "../c").url == "https://example.org/c"
    assert redirected(at, "//other.org/x").url == "https://other.org/x"
    for location in ("http://169.254.169.254%2f@a.org/", "file:///etc/passwd", "javascript:alert(1)", "http://0x7f.1"):
        with pytest.raises(EgressRefused):
            redirected(at, location)
