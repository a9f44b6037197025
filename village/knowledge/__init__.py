"""Knowledge: what is remembered, where it comes from, and what it was before."""
