"""The schema's history: plain-SQL revisions, and the one process that applies them under the owner's role."""
