"""`python -m sandbox.jail.seccomp.write`: make the shipped filters again after a change of the policy."""

from pathlib import Path

from sandbox.jail.seccomp.assemble import program
from sandbox.jail.seccomp.numbers import ARCHITECTURES


def blob(architecture: str) -> Path:
    """Where the filter for this architecture lies."""
    return Path(__file__).with_name(f"{architecture}.bpf")


if __name__ == "__main__":
    for architecture in ARCHITECTURES:
        blob(architecture).write_bytes(program(architecture))
