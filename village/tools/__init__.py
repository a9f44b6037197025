"""The village as tools, under the names and parameters that the predecessor had."""
