"""The client for programs without an event loop: made from `asynchronous` by `make_synchronous.py`, except for
`concurrency.py`.
"""
