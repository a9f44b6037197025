"""What runs in the jail of a kernel: the last code of ours, in one process with a stranger's."""
