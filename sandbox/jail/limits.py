"""How much one run may take of everything that runs out."""

from dataclasses import dataclass, replace

MIB = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Limits:
    """The bounds of one run. All are enforced outside of what the code can reach."""

    cpus: float = 0.5
    """Of how many processors a place is asked for; nothing holds a run to it while others are idle."""
    wall_seconds: float = 30.0
    """From the moment that the code starts to the moment that everything it started is killed."""
    cpu_seconds: int = 60
    """For each process; all together are bounded by the wall clock."""
    memory_bytes: int = 1024 * MIB
    """Address space of each process, and memory of all together."""
    processes: int = 64
    """Processes and threads alive at once."""
    open_files: int = 256
    """For each process."""
    file_bytes: int = 64 * MIB
    """The largest single file."""
    output_bytes: int = 8 * MIB
    """For stdout and for stderr each; a run that prints more is killed."""
    work_bytes: int = 128 * MIB
    """All files in the work folder together."""
    work_inodes: int = 20_000
    """How many files and folders the work folder holds."""
    scratch_bytes: int = 64 * MIB
    """The same for the temporary folder."""
    scratch_inodes: int = 5_000
    """The same for the temporary folder."""

    def fits(self, other: "Limits") -> bool:
        """Whether a jail that was built for these serves a run with the others: the clock and the place may differ."""
        return replace(self, wall_seconds=other.wall_seconds, cpus=other.cpus) == other
