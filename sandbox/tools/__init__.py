"""The trusted tools that need nothing but their arguments."""
