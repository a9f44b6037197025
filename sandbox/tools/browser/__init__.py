"""A browser that an agent drives: Chromium in a jail, one for each conversation."""
