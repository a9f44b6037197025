"""Signs in: by a code that is confirmed in a browser, by email and password, or with an API key."""

import argparse
import platform
import sys
from getpass import getpass
from typing import TYPE_CHECKING

from apexaurum.credentials import Credentials, InFile, default_path, default_url, plain_url
from apexaurum.synchronous.client import Apex

if TYPE_CHECKING:
    from apexaurum.cli.commands import Commands


def add_to(commands: "Commands") -> None:
    """Say what it takes."""
    parser = commands.add_parser("login", help="sign in, and keep that for the other commands")
    parser.add_argument("server", nargs="?", help="its address, such as https://apex.example.org")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--email", help="sign in with this email and a password, which is asked for or read from a pipe")
    how.add_argument("--api-key", metavar="KEY", help="use this key; - reads it from the standard input")
    how.add_argument("--out", action="store_true", help="sign out, and forget this server")
    parser.add_argument("--scope", action="append", help="what the key may do; everything when left out")
    parser.set_defaults(run=run)


def run(told: argparse.Namespace) -> int:
    """Sign in or out."""
    url = plain_url(told.server or told.url or default_url())
    kept = InFile(default_path(), url)
    if told.api_key:
        kept.save(Credentials(api_key=_secret("API key: ") if told.api_key == "-" else told.api_key))
    with Apex(url, credentials=kept.path) as apex:
        if told.out:
            apex.sign_out()
            sys.stdout.write(f"Signed out of {url}.\n")
            return 0
        if told.email:
            apex.sign_in(told.email, _secret("Password: "))
        elif not told.api_key:
            _by_device(apex, told.scope or ["all"])
        me = apex.me()
    sys.stdout.write(f"Signed in to {url} as {me.display_name or me.email}.\n")
    return 0


def _by_device(apex: Apex, scopes: list[str]) -> None:
    codes = apex.devices.begin(f"apexaurum on {platform.node() or 'a computer'}", scopes)
    sys.stderr.write(f"Open {codes.verification_uri} and type in the code\n\n    {codes.user_code}\n\n")
    sys.stderr.write(f"or open {codes.verification_uri_complete}\nWaiting...\n")
    apex.devices.finish(codes)


def _secret(prompt: str) -> str:
    """From the keyboard without showing it, or the first line of what is piped in."""
    return getpass(prompt) if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
