"""Recall: what is known about what is asked, and why each piece was found."""
