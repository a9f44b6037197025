"""What a process tells of itself: counts, traces and logs."""
