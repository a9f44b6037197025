"""Convergence: where different minds say the same, and whether they came to it by themselves."""
