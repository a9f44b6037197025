"""The loopback provider as a process: `python -m tests.provider --port 9100 --speed 50`. It prints its URL."""

import argparse
import sys

from tests.provider.app import ProviderApp
from tests.provider.server import listen, server_of


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m tests.provider", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 for any free one")
    parser.add_argument("--speed", type=float, default=0.0, help="tokens per second of each answer; 0 for no limit")
    parser.add_argument("--cache-least", type=int, default=0, help="tokens that a prefix needs to be cached")
    parser.add_argument("--no-record", action="store_true", help="do not keep requests (for long load)")
    options = parser.parse_args()
    app = ProviderApp(tokens_per_second=options.speed, cache_least=options.cache_least, record=not options.no_record)
    sock = listen(options.port)
    sys.stdout.write(f"http://127.0.0.1:{sock.getsockname()[1]}\n")
    sys.stdout.flush()
    server_of(app).run(sockets=[sock])


if __name__ == "__main__":
    main()
